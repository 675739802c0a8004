/** Layers that are made on the way, written once: in the place where they stay. */
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sideOf } from "../../src/base/errors.ts";
import { copy, type CopyOptions } from "../../src/copy/copy.ts";
import type { CopyEvent } from "../../src/copy/events.ts";
import { createBlobMover } from "../../src/copy/mover.ts";
import { readContent } from "../../src/image/content.ts";
import { createScratch, type Scratch } from "../../src/image/disk/scratch.ts";
import type { Layer } from "../../src/image/root.ts";
import type { Sink } from "../../src/image/sink.ts";
import { append } from "../../src/steps/append.ts";
import { compress } from "../../src/steps/compress.ts";
import { normalize } from "../../src/steps/normalize.ts";
import { squash } from "../../src/steps/squash.ts";
import { transport as placed } from "../../transports/oci-dir/mod.ts";
import { atLocation } from "../support/at-location.ts";
import { temporaryFolder } from "../support/folder.ts";
import { counted, image, layerOf, sourceOf } from "../support/images.ts";

const transport = atLocation(placed);
const GZIP = compress({ kind: "gzip" });
const PLAIN = {
  compression: "none",
  layers: [{ a: "1".repeat(300_000) }, { b: "2" }, { c: "3" }],
} as const;

/** Copies an image into a layout, and tells what came of it. */
async function copyTo(
  layout: string,
  from: Awaited<ReturnType<typeof image>>,
  options: CopyOptions,
  wrap = (sink: Sink): Sink => sink,
) {
  const events: CopyEvent[] = [];
  const scratch = countFiles();
  const to = await transport.sink(`${layout}:it`);
  try {
    const result = await copy(sourceOf({ it: from }), wrap(to), {
      ...options,
      scratch,
      onEvent: (event) => events.push(event),
    });
    return { ...result, events, made: scratch.made() };
  } finally {
    await to[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
  }
}

function countFiles(): Scratch & { made(): number } {
  const scratch = createScratch();
  let files = 0;
  const file = () => (files++, scratch.file());
  return { ...scratch, file, made: () => files };
}

const withoutPower = (sink: Sink): Sink => ({ ...sink, takeUnnamed: undefined });
const blobsOf = (layout: string) => readdir(join(layout, "blobs/sha256"));

it("layers that are compressed are written once, and are what they were by way of scratch", async () => {
  const from = await image(PLAIN);
  const [one, two] = [await temporaryFolder(), await temporaryFolder()];
  for (const kind of ["gzip", "zstd"] as const) {
    const steps = [compress({ kind })];
    const now = await copyTo(one, from, { steps });
    const before = await copyTo(two, from, { steps }, withoutPower);
    expect([now.made, before.made]).toEqual([0, 3]);
    expect(now.images).toEqual(before.images);
    expect([now.blobs, now.bytes]).toEqual([before.blobs, before.bytes]);
    expect((await blobsOf(one)).sort()).toEqual((await blobsOf(two)).sort());
    expect(endsOf(now.events)).toEqual(endsOf(before.events));
  }
});

/** Returns what is said of each blob, whenever that is: how it begins, how far it gets, how it ends. */
function endsOf(events: readonly CopyEvent[]): string[] {
  const said = events.flatMap((event) => {
    if (event.type === "start") return `start ${event.kind} ${event.descriptor.digest}`;
    if (event.type === "done") return `${event.how} ${event.kind} ${event.descriptor.digest}`;
    const isAll = event.type === "progress" && event.bytes === event.descriptor.size;
    return isAll ? `all of ${event.descriptor.digest}` : [];
  });
  return said.sort();
}

it("steps that make layers otherwise write them once, too", async () => {
  const from = await image({ ...PLAIN, compression: "gzip" });
  for (const step of [squash(), normalize(1)]) {
    const [one, two] = [await temporaryFolder(), await temporaryFolder()];
    const now = await copyTo(one, from, { steps: [step] });
    const before = await copyTo(two, from, { steps: [step] }, withoutPower);
    expect(before.made).toBeGreaterThan(now.made);
    expect(now.images).toEqual(before.images);
    expect((await blobsOf(one)).sort()).toEqual((await blobsOf(two)).sort());
  }
});

it("what is there stays as it is, and nothing is left of what was made", async () => {
  const layout = await temporaryFolder();
  const from = await image(PLAIN);
  await copyTo(layout, from, { steps: [GZIP] });
  const look = async () => {
    const names = (await blobsOf(layout)).sort();
    return await Promise.all(names.map(async (name) => {
      const { ino, mtimeMs } = await stat(join(layout, "blobs/sha256", name));
      return { name, ino, mtimeMs };
    }));
  };
  const before = await look();
  const { blobs, bytes } = await copyTo(layout, from, { steps: [GZIP] });
  expect([blobs, bytes]).toEqual([{ moved: 0, exists: 4, mounted: 0 }, 0]);
  expect(await look()).toEqual(before);
});

it("a layer that is made twice is counted once", async () => {
  const layout = await temporaryFolder();
  const same = { a: "1" };
  const from = await image({ compression: "none", layers: [same, same, same, { b: "" }] });
  for (const jobs of [undefined, 1, 2]) {
    await rm(layout, { recursive: true });
    const { blobs } = await copyTo(layout, from, { steps: [GZIP], ...jobs && { jobs } });
    expect(blobs).toEqual({ moved: 3, exists: 0, mounted: 0 });
    expect(await blobsOf(layout)).toHaveLength(4);
  }
});

it("a dry run takes nothing", async () => {
  const layout = join(await temporaryFolder(), "layout");
  const { made, blobs } = await copyTo(layout, await image(PLAIN), { steps: [GZIP], dryRun: true });
  expect([made, blobs.moved]).toEqual([3, 4]);
  await expect(readdir(layout)).rejects.toThrow();
});

it("layers that a later step drops are not stored", async () => {
  const layout = await temporaryFolder();
  const steps = [append([await layerOf({ more: "" }, "none")]), squash()];
  await copyTo(layout, await image(), { steps });
  expect(await blobsOf(layout)).toHaveLength(3);
});

it("a layer that gets lost before the end is made again", async () => {
  for (const step of [GZIP, squash(), normalize(1)]) {
    const layout = await temporaryFolder();
    const { root, opened } = counted(await image(PLAIN));
    let isFirst = true;
    const losing = (sink: Sink): Sink => ({
      ...sink,
      async commit(images) {
        const [{ root } = { root: undefined }] = images;
        const layer = (root as { layers: readonly Layer[] }).layers[0]!;
        const file = join(layout, "blobs/sha256", layer.descriptor.digest.slice(7));
        await sink.settle?.();
        if (isFirst) await rm(file);
        isFirst = false;
        return await sink.commit(images);
      },
    });
    const { events } = await copyTo(layout, root, { steps: [step] }, losing);
    expect(events.map((event) => event.type === "notice" && event.code)).toContain("LACKING");
    expect(opened.get(root.layers[0]!.descriptor.digest)).toBe(2);
    const source = await transport.source(`${layout}:it`);
    const put = await source.resolve();
    if (put.kind !== "image") throw new Error("not an image");
    for (const layer of put.layers) await readContent(layer, 1e6);
  }
});

it("a copy that fails half way leaves nothing", async () => {
  const from = await image(PLAIN);
  const failing = (sink: Sink): Sink => {
    let left = 2;
    return {
      ...sink,
      async takeUnnamed(options) {
        const blob = await sink.takeUnnamed!(options);
        const full = Object.assign(new Error("full"), { code: "ENOSPC" });
        return {
          ...blob!,
          write: (bytes) => left-- > 0 ? blob!.write(bytes) : Promise.reject(full),
        };
      },
    };
  };
  const broken = { ...from, layers: from.layers.map((one, i) => i < 2 ? one : breaking(one)) };
  const folder = await temporaryFolder();
  for (
    const [root, wrap, side] of [
      [from, failing, "destination"],
      [broken, undefined, "source"],
    ] as const
  ) {
    const failed = copyTo(join(folder, "new/layout"), root, { steps: [GZIP] }, wrap);
    const error = await failed.catch((error) => error);
    expect([error.code, sideOf(error)]).toEqual(["IO", side]);
    expect(await readdir(folder)).toEqual([]);
  }
});

function breaking(layer: Layer): Layer {
  return {
    ...layer,
    async *open() {
      yield Buffer.alloc(512);
      throw new Error("broken");
    },
  };
}

it("blobs in a shared folder are written there", async () => {
  const [layout, sharedBlobDir] = [await temporaryFolder(), await temporaryFolder()];
  const to = await transport.sink(`${layout}:it`, { sharedBlobDir });
  const { images } = await copy(sourceOf({ it: await image(PLAIN) }), to, { steps: [GZIP] });
  await to[Symbol.asyncDispose]();
  expect(await readdir(join(sharedBlobDir, "sha256"))).toHaveLength(5);
  expect((await readdir(layout)).sort()).toEqual(["index.json", "oci-layout"]);
  const { digest } = images[0]!.descriptor;
  expect(await readFile(join(sharedBlobDir, "sha256", digest.slice(7)), "utf8")).toContain("gzip");
});

it("those without a name take turns with those that move, and are gone when all is broken off", async () => {
  const log: string[] = [];
  const sink: Sink = {
    traits: { parallel: 2 },
    has: () => Promise.resolve(false),
    put: async () => void log.push("put"),
    takeUnnamed: async () => {
      log.push("take");
      return {
        write: async () => {},
        name: async () => void log.push("name"),
        [Symbol.asyncDispose]: async () => void log.push("dispose"),
      };
    },
    commit: () => Promise.resolve([]),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const mover = createBlobMover(sink, {});
  const [content, other] = (await image({ layers: [{ a: "" }, { b: "" }] })).layers;
  const [first, second] = [await mover.takeUnnamed!(), await mover.takeUnnamed!()];
  mover.begin({ kind: "layer", content: content! });
  await new Promise((resolve) => setImmediate(resolve));
  expect(log).toEqual(["take", "take"]);
  await first!.name({ kind: "layer", content: content! }); // it is on its way already
  expect(log).toEqual(["take", "take", "dispose", "put"]);
  await mover[Symbol.asyncDispose]();
  expect(log.at(-1)).toBe("dispose");
  await expect(second!.write(new Uint8Array(1))).rejects.toThrow();
  await expect(second!.name({ kind: "layer", content: other! })).rejects.toThrow();
  await expect(mover.takeUnnamed!()).rejects.toThrow();
});
