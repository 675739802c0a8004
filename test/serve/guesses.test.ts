/** Guesses of passwords: how many, by whom, and that others come in meanwhile. */
import { expect, it, onTestFinished, vi } from "vitest";
import type { RegistryAnswer, RegistryCall } from "../../src/serve/call.ts";
import {
  createBasicAuth,
  createGuessLimiter,
  createJoinedAround,
  type GuessLimits,
} from "../../src/serve/mod.ts";

/** A registry that lets `me:secret` in; asks it from an address with a password. */
function createAsker(limits: GuessLimits, delay?: () => Promise<void>) {
  let checked = 0;
  const auth = createBasicAuth(async (user, password) => {
    checked++;
    await delay?.();
    return user === "me" && password === "secret";
  });
  const around = createJoinedAround([createGuessLimiter(limits), auth]);
  const ask = async (client: string, password?: string): Promise<RegistryAnswer> => {
    const authorization = password && `Basic ${btoa(`me:${password}`)}`;
    const call = {
      method: "GET",
      client,
      url: new URL("http://r/v2/"),
      headers: { authorization },
    };
    return await around(call as unknown as RegistryCall, async () => ({ status: 200 }));
  };
  return { ask, countChecked: () => checked };
}

const [HERE, THERE] = ["192.0.2.1", "192.0.2.2"];

it("has an address wait that was wrong too often, and nobody else", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const { ask, countChecked } = createAsker({ wrong: 3, window: 60_000 });
  for (const password of ["a", "b", "c"]) expect((await ask(HERE, password)).status).toBe(401);
  vi.setSystemTime(Date.now() + 20_500);
  const { status, headers, body } = await ask(HERE, "secret");
  expect(status).toBe(429);
  expect(headers!["retry-after"]).toBe("40");
  expect(String(body)).toContain("TOOMANYREQUESTS");
  expect(countChecked()).toBe(3); // what it would have been is not even looked at
  expect((await ask(THERE, "secret")).status).toBe(200);
  expect((await ask(HERE)).status).toBe(401); // it is told how to sign in
  vi.setSystemTime(Date.now() + 40_000);
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

it("counts the passwords of forms, too", async () => {
  const limiter = createGuessLimiter({ wrong: 1 });
  const call = { method: "POST", client: HERE, url: new URL("http://r/token"), headers: {} };
  const ask = () => limiter(call as unknown as RegistryCall, async () => ({ status: 401 }));
  expect((await ask()).status).toBe(401);
  expect((await ask()).status).toBe(429);
});
