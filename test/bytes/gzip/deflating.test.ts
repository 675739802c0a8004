/** Threads that deflate: what comes of it when there are none, when one dies, and when one is left. */
import { afterEach, expect, it, vi } from "vitest";
import { digestOf } from "../../../src/bytes/digest.ts";
import type * as Workers from "../../../src/bytes/flow/workers.ts";
import { streamBytes } from "../../../src/bytes/stream.ts";
import { all, cut, sample } from "../support/samples.ts";

const WORKERS = "../../../src/bytes/flow/workers.ts";
const plain = sample(5_000_000, 6);

afterEach(() => {
  vi.doUnmock(WORKERS);
  vi.resetModules();
});

/** Loads the writer anew, with threads that do what is said. */
async function loadWriter(run?: (item: { size: number }, nth: number) => Promise<number>) {
  vi.resetModules();
  let nth = 0;
  if (run !== undefined) {
    const openWorkers = () => ({
      run: (item: { size: number }) => run(item, ++nth),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
    vi.doMock(WORKERS, () => ({ openWorkers }));
  }
  return (await import("../../../src/bytes/gzip/write.ts")).compressGzip;
}

it("makes the same bytes on threads and on this one, where there are none", async () => {
  const onThreads = await all((await loadWriter())(cut(plain, 100_000), 4));
  let asked = 0;
  const here = await loadWriter(() => {
    asked++;
    return Promise.reject(new Error("there is no such module"));
  });
  expect((await all(here(cut(plain, 33_333), 4))).equals(onThreads)).toBe(true);
  expect(asked).toBeGreaterThan(0);
});

it("fails where a thread dies in the middle of its work", async () => {
  const { createDeflater } = await import("../../../src/bytes/gzip/deflater.ts");
  const deflate = createDeflater();
  const dying = await loadWriter((item, nth) =>
    nth < 3
      ? Promise.resolve(deflate(item as Parameters<typeof deflate>[0]))
      : Promise.reject(new Error("a worker thread ended early"))
  );
  await expect(all(dying(streamBytes(plain), 4))).rejects.toThrow("a worker thread ended early");
});

it.each([1, 2, 4])("makes the same bytes on %i threads", async (threads) => {
  const wanted = digestOf(await all((await loadWriter())(cut(plain, 100_000), 6)));
  vi.resetModules();
  const { openWorkers } = await vi.importActual<typeof Workers>(WORKERS);
  vi.doMock(WORKERS, () => ({
    openWorkers: (module: URL) => openWorkers(module, { threads, ahead: 1 }),
  }));
  const { compressGzip } = await import("../../../src/bytes/gzip/write.ts");
  expect(digestOf(await all(compressGzip(cut(plain, 77_777), 6)))).toBe(wanted);
});

it("fails where a real thread ends in the middle of its work", async () => {
  vi.resetModules();
  const { openWorkers } = await vi.importActual<typeof Workers>(WORKERS);
  const dying = new URL("../support/dying-worker.ts", import.meta.url);
  vi.doMock(WORKERS, () => ({
    openWorkers: () => openWorkers(dying, { threads: 1, ahead: 1 }),
  }));
  const { compressGzip } = await import("../../../src/bytes/gzip/write.ts");
  await expect(all(compressGzip(streamBytes(plain), 4))).rejects.toThrow("ended early");
});

it("makes the same bytes when many streams share the threads, and some are left", async () => {
  const compressGzip = await loadWriter();
  const wanted = await all(compressGzip(streamBytes(plain), 2));
  const leave = async () => {
    let chunks = 0;
    for await (const _ of compressGzip(cut(plain, 70_000), 2)) if (++chunks === 3) break;
  };
  const read = async () =>
    expect((await all(compressGzip(cut(plain, 70_000), 2))).equals(wanted)).toBe(true);
  await Promise.all([read(), leave(), read(), leave(), read()]);
});
