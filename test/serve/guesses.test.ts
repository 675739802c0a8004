/** Guesses of passwords: how many, by whom, and that others come in meanwhile. */
import { generateKeyPairSync } from "node:crypto";
import { expect, it, onTestFinished, vi } from "vitest";
import { streamBytes } from "../../src/bytes/stream.ts";
import type { RegistryAnswer, RegistryCall } from "../../src/serve/call.ts";
import {
  createBasicAuth,
  createJoinedAround,
  createTokenService,
  type GuessLimits,
  limitGuesses,
} from "../../src/serve/mod.ts";

/** A registry that lets in whoever says `secret`; asks it from an address as a user with a password. */
function createAsker(limits: GuessLimits, delay?: () => Promise<void>) {
  let checked = 0;
  const check = limitGuesses(async (_, password) => {
    checked++;
    await delay?.();
    return password === "secret";
  }, limits);
  const { privateKey: key } = generateKeyPairSync("ed25519");
  const around = createJoinedAround([createTokenService({ check, key }), createBasicAuth(check)]);
  const answer = async (client: string, path: string, more: object): Promise<RegistryAnswer> => {
    const call = { method: "GET", client, url: new URL(`http://r${path}`), headers: {}, ...more };
    return await around(call as unknown as RegistryCall, async () => ({ status: 200 }));
  };
  const headersOf = (password?: string, user = "me") => ({
    headers: { authorization: password && `Basic ${btoa(`${user}:${password}`)}` },
  });
  return {
    ask: (client: string, password?: string, user?: string) =>
      answer(client, "/v2/", headersOf(password, user)),
    askToken: (client: string, password: string) => answer(client, "/token", headersOf(password)),
    askTokenByForm(client: string, password: string) {
      const form = new URLSearchParams({ grant_type: "password", username: "me", password });
      return answer(client, "/token", {
        method: "POST",
        body: streamBytes(Buffer.from(`${form}`)),
      });
    },
    countChecked: () => checked,
  };
}

const [HERE, THERE] = ["192.0.2.1", "192.0.2.2"];

it("has an address wait that was wrong too often, and nobody else", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const { ask, countChecked } = createAsker({ wrong: 3, window: 60_000 });
  for (const password of ["a", "b", "c"]) expect((await ask(HERE, password)).status).toBe(401);
  vi.advanceTimersByTime(20_500);
  const { status, headers, body } = await ask(HERE, "secret");
  expect(status).toBe(429);
  expect(headers!["retry-after"]).toBe("40");
  expect(String(body)).toContain("TOOMANYREQUESTS");
  expect(countChecked()).toBe(3); // what it would have been is not even looked at
  expect((await ask(THERE, "secret")).status).toBe(200);
  expect((await ask(HERE)).status).toBe(401); // it is told how to sign in
  vi.advanceTimersByTime(40_000);
  expect((await ask(HERE, "secret")).status).toBe(200);
});

it("does not count those that are right, nor those who bring none", async () => {
  const { ask } = createAsker({ wrong: 2 });
  for (let times = 0; times < 5; times++) {
    expect((await ask(HERE)).status).toBe(401);
    expect((await ask(HERE, "secret")).status).toBe(200);
  }
  expect((await ask(HERE, "wrong")).status).toBe(401);
  expect((await ask(HERE, "secret")).status).toBe(200);
});

it("checks no more at a time than may be wrong, but as many as come with the same one", async () => {
  const gate = Promise.withResolvers<void>();
  const { ask } = createAsker({ wrong: 3 }, () => gate.promise);
  const same = Array.from({ length: 20 }, () => ask(HERE, "secret"));
  const guesses = Array.from({ length: 20 }, (_, at) => ask(THERE, `${at}`));
  gate.resolve();
  const statusesOf = async (asked: Promise<RegistryAnswer>[]) =>
    (await Promise.all(asked)).map(({ status }) => status);
  expect(await statusesOf(same)).toEqual(Array(20).fill(200));
  expect(await statusesOf(guesses)).toEqual([...Array(3).fill(401), ...Array(17).fill(429)]);
});

it.each([
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", 429],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", 200],
  ["::ffff:192.0.2.1", "192.0.2.1", 429],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.2", 200],
  ["::1", "::2", 429],
  ["fe80::1%eth0", "fe80::2%eth0", 429],
])("after %s was wrong, %s gets %i", async (first, second, status) => {
  const { ask } = createAsker({ wrong: 1 });
  await ask(first, "wrong");
  expect((await ask(second, "secret")).status).toBe(status);
});

it("lets in who is known there while another guesses, unless at that very name", async () => {
  const { ask, countChecked } = createAsker({ wrong: 2 });
  for (const user of ["ci", "me"]) expect((await ask(HERE, "secret", user)).status).toBe(200);
  for (const password of ["a", "b"]) await ask(HERE, password, "root");
  const ofStranger = await ask(HERE, "secret", "new");
  expect([ofStranger.status, (await ask(HERE, "secret", "ci")).status]).toEqual([429, 200]);
  const checked = countChecked();
  expect((await ask(HERE, "guess", "ci")).status).toBe(429);
  expect((await ask(HERE, "secret", "ci")).status).toBe(429); // which may be a guess, too
  expect(countChecked()).toBe(checked);
  expect((await ask(HERE, "secret", "me")).status).toBe(200);
});

it("has who is known somewhere wait where somebody else guesses", async () => {
  const { ask } = createAsker({ wrong: 1 });
  await ask(THERE, "secret");
  await ask(HERE, "guess", "root");
  expect((await ask(HERE, "secret")).status).toBe(429);
  expect((await ask(THERE, "secret")).status).toBe(200);
});

it("believes a password that was right no longer than it is", async () => {
  let right = "old";
  const check = limitGuesses((_, password) => password === right, { wrong: 1 });
  expect(await check("me", "old", HERE)).toBe(true);
  right = "new";
  expect(await check("me", "old", HERE)).toBe(false);
  expect(await check("me", "old", HERE)).toMatchObject({ status: 429 });
});

it("counts what is sent for tokens, and in forms, with the rest", async () => {
  const { ask, askToken, askTokenByForm } = createAsker({ wrong: 3 });
  for (const wrong of [ask, askToken, askTokenByForm]) {
    expect((await wrong(HERE, "wrong")).status).toBe(401);
  }
  for (const right of [ask, askToken, askTokenByForm]) {
    expect((await right(HERE, "secret")).status).toBe(429);
    expect((await right(THERE, "secret")).status).toBe(200);
  }
});
