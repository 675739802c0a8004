/** What is fetched from servers that are no registries: feeds, archives. */
import { describe, expect, it } from "vitest";
import { collectStream } from "../../../src/bytes/stream.ts";
import { fetchUrl } from "../../../transports/registry/fetch-url.ts";
import { type Fault, startRegistry } from "../../support/registry-server.ts";
import type { World } from "../../../transports/registry/world.ts";
import { testWorld } from "./setup.ts";

const OK: Fault = { answer: { status: 200, body: "the whole answer" } };
const refuse = (status: number, headers = {}): Fault => ({
  answer: { status, headers, body: "no" },
});

/** A server that fails in these ways, one request after another; the last one stays. */
async function serve(faults: readonly Fault[], retry = 2, changes: Partial<World> = {}) {
  const world = await testWorld(changes);
  const server = await startRegistry({
    onRequest: (_, n) => faults[Math.min(n, faults.length) - 1],
  });
  const options = { registry: { retry } };
  const fetch = async (url = `${server.url}/feed`) =>
    await fetchUrl(
      url,
      async (bytes) => String(await collectStream(bytes, 100, "it")),
      options,
      world,
    )
      .catch(({ code, message, hint }) => ({ code, message, hint }));
  return { fetch, host: server.host, log: server.log, pauses: world.pauses };
}

describe("a URL", () => {
  it.each([
    ["that is busy, for as long as it says", refuse(429, { "retry-after": "7" }), 7000],
    ["that is down, for as long as it says", refuse(503, { "retry-after": "3" }), 3000],
    ["that is busy, for a minute at most", refuse(429, { "retry-after": "86400" }), 60_000],
    ["that fails, a moment later", refuse(502), 250],
    ["that breaks off in the middle", { ...OK, resetAfter: 5 }, 250],
  ])("%s, is asked again", async (_how, fault, pause) => {
    const { fetch, pauses } = await serve([fault, OK]);
    expect(await fetch()).toBe("the whole answer");
    expect(pauses).toEqual([pause]);
  });

  it.each([
    [429, "NETWORK", 3, "it limits how often it may be asked: ask less often"],
    [503, "NETWORK", 3, "the server, or a proxy before it, fails: try again later"],
    [404, "NOT_FOUND", 1, "look at what it answers: it may have moved"],
    [401, "AUTH", 1, "what only some may read, a command can fetch"],
    [403, "AUTH", 1, "what only some may read, a command can fetch"],
    [410, "REFUSED", 1, "look at what it answers: it may have moved"],
  ])("that answers %d without end is %s after %d tries", async (status, code, tries, hint) => {
    const { fetch, host, log } = await serve([refuse(status)]);
    expect(await fetch()).toEqual({
      code,
      message: `${host} answers ${status}`,
      hint,
    });
    expect(log).toHaveLength(tries);
  });

  it("that says nothing more is given up, and asked again", async () => {
    // On a busy machine good answers may come late, too: there are more tries than it takes.
    const { fetch, log } = await serve([{ ...OK, stallAfter: 5 }, OK], 50, { patience: 300 });
    expect(await fetch()).toBe("the whole answer");
    expect(log.length).toBeGreaterThan(1);
  });

  it("is no file and has no password, which is not repeated", async () => {
    const { fetch, log } = await serve([OK]);
    expect(await fetch("file:///etc/passwd")).toMatchObject({ code: "USAGE" });
    expect(await fetch("nowhere")).toMatchObject({ code: "USAGE" });
    const message = "the address at example.org has a user in it";
    expect(await fetch("https://me:secret@example.org/feed")).toMatchObject({ message });
    expect(log).toEqual([]);
  });
});
