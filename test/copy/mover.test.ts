import { expect, it } from "vitest";
import { createBlobMover } from "../../src/copy/mover.ts";
import { contentOf } from "../../src/image/content.ts";
import type { Sink } from "../../src/image/sink.ts";

/** A sink whose puts wait until they are let go, and what has been asked of it. */
function slowSink(more: Partial<Sink> = {}) {
  const log: string[] = [];
  const waiting: (() => void)[] = [];
  const sink: Sink = {
    traits: { parallel: 2 },
    async has({ digest }) {
      log.push(`has ${digest.slice(-2)}`);
      return false;
    },
    async put() {
      log.push("put");
      await new Promise<void>((resolve) => waiting.push(resolve));
    },
    commit: () => Promise.resolve([]),
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...more,
  };
  const letGo = (): void => waiting.splice(0).forEach((go) => go());
  return {
    sink,
    log,
    letGo,
    count: (what: string) => log.filter((one) => one.startsWith(what)).length,
  };
}

const blobs = Array.from({ length: 7 }, (_, i) => ({
  kind: "blob" as const,
  content: contentOf("a/b", Buffer.from(`${i}`)),
}));
const settle = () => new Promise((resolve) => setImmediate(resolve));

it("blobs are looked for while others move, where the place can make ready for them", async () => {
  let expected = 0;
  const { sink, letGo, count } = slowSink({ expect: () => Promise.resolve(void expected++) });
  const mover = createBlobMover(sink, {});
  blobs.forEach(mover.begin);
  await settle();
  expect([count("has"), expected, count("put")]).toEqual([3, 3, 2]);
  for (let i = 0; i < 5; i++) {
    letGo();
    await settle();
  }
  await mover.settle();
  expect([count("has"), expected, count("put")]).toEqual([7, 7, 7]);
});

it("blobs are looked for when they can move, everywhere else, and one at a time if told so", async () => {
  const plain = slowSink();
  const one = slowSink({ expect: () => Promise.resolve() });
  for (const [{ sink, letGo, count }, jobs] of [[plain, 2], [one, 1]] as const) {
    const mover = createBlobMover(sink, { jobs });
    blobs.forEach(mover.begin);
    await settle();
    expect([count("has"), count("put")]).toEqual([jobs, jobs]);
    for (let i = 0; i < 8; i++) {
      letGo();
      await settle();
    }
    await mover.settle();
  }
});

it("more blobs move at a time once the way turns out to be long, unless told how many", async () => {
  for (const [jobs, atFirst, later] of [[undefined, 6, 12], [3, 3, 3]] as const) {
    const many = Array.from({ length: 30 }, (_, i) => ({
      kind: "blob" as const,
      content: contentOf("a/b", Buffer.from(`${i}`)),
    }));
    const { sink, letGo, log } = slowSink({ traits: { parallel: 16 } });
    let roundTrip = 0;
    const mover = createBlobMover(sink, { ...jobs && { jobs }, roundTrip: () => roundTrip });
    many.forEach(mover.begin);
    await settle();
    const puts = () => log.filter((one) => one === "put").length;
    expect(puts()).toBe(atFirst);
    roundTrip = 30;
    letGo();
    await settle();
    expect(puts()).toBe(atFirst + later);
    for (let i = 0; i < 10; i++) {
      letGo();
      await settle();
    }
    await mover.settle();
    expect(puts()).toBe(30);
  }
});

it("fewer of those that are compressed on their way move at a time, beside all others", async () => {
  const packed = blobs.map(({ kind, content }) => ({
    kind,
    content: { ...content, isPackedHere: true },
  }));
  const others = ["x", "y"].map((text) => ({
    kind: "blob" as const,
    content: contentOf("a/b", Buffer.from(text)),
  }));
  for (const [roundTrip, most] of [[0, 4], [30, 6]] as const) {
    const { sink, letGo, count } = slowSink({ traits: { parallel: 16 } });
    const mover = createBlobMover(sink, { jobs: 12, roundTrip: () => roundTrip });
    [...packed, ...others].forEach(mover.begin);
    await settle();
    expect([count("has"), count("put")]).toEqual([9, most + others.length]);
    letGo();
    await settle();
    letGo();
    await mover.settle();
    expect(count("put")).toBe(9);
  }
});

it("mounts come before questions until one is not granted, and none where nothing is to move", async () => {
  const refused = blobs[2]!.content.descriptor.digest;
  const { sink, log, letGo } = slowSink();
  const mounting: Sink = {
    ...sink,
    traits: { ...sink.traits, mountsUnasked: true },
    mount: ({ digest }) => {
      log.push(`mount ${digest.slice(-2)}`);
      return Promise.resolve(digest !== refused);
    },
  };
  const move = async (dryRun: boolean) => {
    log.length = 0;
    const mover = createBlobMover(mounting, { jobs: 1, from: "here/other", dryRun });
    blobs.slice(0, 5).forEach(mover.begin);
    await settle();
    letGo();
    await mover.settle();
    return { blobs: mover.totals().blobs, log: log.map((one) => one.split(" ")[0]) };
  };
  expect(await move(false)).toEqual({
    blobs: { moved: 1, exists: 0, mounted: 4 },
    log: ["mount", "mount", "mount", "has", "put", "has", "mount", "has", "mount"],
  });
  expect((await move(true)).log).toEqual(Array(5).fill("has"));
});
