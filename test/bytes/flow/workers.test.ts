import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { openWorkers } from "../../../src/bytes/flow/workers.ts";
import { NixociError } from "../../../src/base/errors.ts";
import type { Job } from "../support/counting-worker.ts";

const MODULE = new URL("../support/counting-worker.ts", import.meta.url);
type Result = { double: number; thread: number };

let pool = openWorkers<Job, Result, string>(MODULE, { threads: 2 });
afterEach(async () => {
  await pool[Symbol.asyncDispose]();
  pool = openWorkers<Job, Result, string>(MODULE, { threads: 2 });
});

describe("worker threads", () => {
  it("do every item once, on no more threads than allowed", async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, number) => pool.run({ number })),
    );
    expect(results.map(({ double }) => double)).toEqual(results.map((_, i) => 2 * i));
    expect(new Set(results.map(({ thread }) => thread)).size).toBe(2);
  });

  it("say something meanwhile", async () => {
    const said: string[] = [];
    await pool.run({ number: 4 }, (text) => said.push(text));
    expect(said).toEqual(["doubling 4"]);
  });

  it("leave nothing on a signal that all items have", async () => {
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    const { addEventListener: add, removeEventListener: remove } = signal;
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners.add(args[1]);
      add.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners.delete(args[1]);
      remove.apply(signal, args);
    };
    await pool.run({ number: 1 }, undefined, signal);
    await expect(pool.run({ fail: "plain" }, undefined, signal)).rejects.toThrow("it broke");
    expect(listeners.size).toBe(0);
  });

  it("keep an error's code, message and hint, and go on", async () => {
    const error = await pool.run({ fail: "ours" }).catch((error) => error);
    expect(error).toBeInstanceOf(NixociError);
    expect(error).toMatchObject({ code: "DIGEST", message: "it is wrong", hint: "mend it" });
    await expect(pool.run({ fail: "plain" })).rejects.toThrow("it broke");
    expect((await pool.run({ number: 1 })).double).toBe(2);
  });

  it.runIf("Deno" in globalThis)("run a module that is on the network, as JSR's are", async () => {
    const root = new URL("../../../", import.meta.url);
    const server = createServer(async ({ url = "" }, answer) => {
      answer.setHeader("content-type", "application/typescript");
      answer.end(await readFile(new URL(`.${url}`, root)));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const module = new URL(MODULE.href.replace(root.href, `http://127.0.0.1:${port}/`));
    const far = openWorkers<Job, Result, string>(module, { threads: 1 });
    expect((await far.run({ number: 4 })).double).toBe(8);
    await far[Symbol.asyncDispose]();
    server.close();
  });

  it("do what they are given ahead in its order, and fail all of it where they end early", async () => {
    const ahead = openWorkers<Job, Result, string>(MODULE, { threads: 1, ahead: 1 });
    const results = await Promise.all([1, 2, 3].map((number) => ahead.run({ number })));
    expect(results.map(({ double }) => double)).toEqual([2, 4, 6]);
    const both = [ahead.run({ fail: "exit" }), ahead.run({ number: 1 })];
    for (const { status } of await Promise.allSettled(both)) expect(status).toBe("rejected");
    await ahead[Symbol.asyncDispose]();
  });

  it("that end early fail their item, not those of others", async () => {
    const good = pool.run({ number: 1 });
    await expect(pool.run({ fail: "exit" })).rejects.toThrow("ended early");
    expect((await good).double).toBe(2);
    expect((await pool.run({ number: 2 })).double).toBe(4);
  });

  it("that are stopped leave nothing undecided", async () => {
    const asked = [1, 2, 3, 4].map((number) => pool.run({ number }).catch(({ code }) => code));
    await pool[Symbol.asyncDispose]();
    expect(await Promise.all(asked)).toEqual(Array(4).fill("CANCELLED"));
    await expect(pool.run({ number: 1 })).rejects.toThrow("stopped");
  });
});
