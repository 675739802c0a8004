/** What every transport must do, whatever it is made of. Each transport's test calls it. */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { readContent } from "../../src/image/content.ts";
import { readLayerTar } from "../../src/image/layer/layer.ts";
import type { Image, Layer, Root } from "../../src/image/root.ts";
import type { Sink, UnnamedBlob } from "../../src/image/sink.ts";
import type { Source } from "../../src/image/source.ts";
import type { Transport } from "../../src/image/transport.ts";
import { createHasher } from "../../src/bytes/digest.ts";
import { artifact, image, index, lying, scribbling, sourceOf } from "../support/images.ts";
import { makePlace } from "../../transports/reference.ts";

/** A fresh place for one test. */
export interface Place {
  /** The location of an image in it; a name that the transport's references allow. */
  location(name?: string): string;
  dispose(): Promise<void>;
}

/** What the format can hold; a transport that cannot must say so in a clear error. */
export interface Powers {
  /** The manifest's own bytes: digests survive. */
  readonly manifests: boolean;
  readonly indexes: boolean;
  readonly artifacts: boolean;
  /** A second commit adds to what is there, instead of replacing it. */
  readonly adds: boolean;
  /** It holds one image, without a name: each name of a test is a place of its own. */
  readonly nameless?: boolean;
  /** Names to use, in the transport's own grammar. */
  readonly names: readonly [string, string];
}

const LIMIT = 1 << 26;

/** Runs the suite on a transport. */
export function conformance(
  transport: Transport,
  place: () => Promise<Place>,
  powers: Powers,
  options: Parameters<NonNullable<Transport["source"]>>[1] = {},
): void {
  const [one, two] = powers.names;

  describe(`${transport.scheme}: conforms`, () => {
    let here: Place;
    const opened: AsyncDisposable[] = [];
    beforeEach(async () => void (here = await place()));
    afterEach(async () => {
      for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
      await here.dispose();
    });
    const source = async (name?: string): Promise<Source> => {
      const made = await transport.source!(
        makePlace(transport.scheme, here.location(name)),
        options,
      );
      opened.push(made);
      return made;
    };
    const sink = async (name?: string): Promise<Sink> => {
      const made = await transport.sink!(makePlace(transport.scheme, here.location(name)), options);
      opened.push(made);
      return made;
    };
    const store = async (root: Root, name?: string, references: readonly string[] = []) => {
      const to = await sink(name);
      const result = await copy(sourceOf({ it: root }), to, { references });
      await to[Symbol.asyncDispose]();
      return result;
    };

    it.each(["none", "gzip", "zstd"] as const)(
      "gives back an image with %s layers as it was",
      async (compression) => {
        const layers: Record<string, string>[] = [{ a: "1" }, { "b/c": "x".repeat(200_000) }, {
          d: "",
        }];
        const put = await image({ compression, layers });
        const { images } = await store(put, one);
        const got = await (await source(one)).resolve();
        expect(got.kind).toBe("image");
        expect(got.manifest.descriptor.digest).toBe(images[0]!.descriptor.digest);
        await expectSame(got as Image, put);
        if (!powers.manifests) return;
        expect(got.manifest.descriptor.digest).toBe(put.manifest.descriptor.digest);
        expect((got as Image).layers.map((layer) => layer.descriptor.digest))
          .toEqual(put.layers.map((layer) => layer.descriptor.digest));
      },
    );

    it("has done with a chunk when it asks for the next", async () => {
      for (const compression of ["none", "gzip"] as const) {
        const put = await image({
          compression,
          layers: [{ a: randomBytes(300_000).toString("hex") }],
        });
        await store(
          { ...put, layers: put.layers.map(scribbling), config: scribbling(put.config) },
          one,
        );
        await expectSame(await (await source(one)).resolve() as Image, put);
      }
    });

    it("gives back Docker's manifests, images without layers and repeated layers", async () => {
      for (
        const spec of [{ format: "docker" }, { layers: [] }, {
          layers: [{ a: "1" }, { a: "1" }],
        }] as const
      ) {
        const put = await image(spec);
        await store(put, one);
        await expectSame(await (await source(one)).resolve() as Image, put);
      }
    });

    it.skipIf(powers.nameless)("knows an image by several names", async () => {
      const put = await image();
      await store(put, undefined, [one, two]);
      for (const name of [one, two]) {
        const got = await (await source()).resolve(name);
        expect((got as Image).config.descriptor.digest).toBe(put.config.descriptor.digest);
      }
    });

    it("says that it lacks what it lacks", async () => {
      await store(await image(), one);
      await expect((async () => (await source(two)).resolve())()).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });

    it("publishes nothing when bytes are not what they should be", async () => {
      const put = await image();
      const [layer] = put.layers;
      const bytes = await readContent(layer!, LIMIT);
      const flipped = Buffer.from(bytes);
      flipped[flipped.length >> 1]! ^= 1;
      for (const wrong of [flipped, bytes.subarray(1), Buffer.concat([bytes, bytes])]) {
        const bad: Layer = { ...lying(layer!, wrong), diffId: layer!.diffId };
        await expect(store({ ...put, layers: [bad] }, one)).rejects.toThrow();
      }
      await expect((async () => (await source(one)).resolve())()).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });

    it("moves nothing twice, and opens nothing for what is there", async () => {
      const to = await sink(one);
      const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
      await copy(sourceOf({ it: put }), to);
      if (!powers.adds) return;
      const again = await copy(sourceOf({ it: put }), await sink(one));
      expect(again.blobs.moved).toBe(0);
      expect(again.bytes).toBe(0);
    });

    if (powers.adds) {
      it("keeps what is there when more comes", async () => {
        const [first, second] = [await image(), await image()];
        await store(first, one);
        await store(second, two);
        for (const [name, put] of [[one, first], [two, second]] as const) {
          const got = await (await source(name)).resolve();
          expect((got as Image).config.descriptor.digest).toBe(put.config.descriptor.digest);
        }
        await store(second, one);
        const moved = await (await source(one)).resolve();
        expect((moved as Image).config.descriptor.digest).toBe(second.config.descriptor.digest);
      });
    }

    it("holds an index, or says that it cannot", async () => {
      const children = [
        await image(),
        await image({ platform: { os: "linux", architecture: "arm64" } }),
      ];
      const put = index(
        children,
        children.map((_, i) => ({ os: "linux", architecture: ["amd64", "arm64"][i]! })),
      );
      if (!powers.indexes) {
        return await expect(store(put, one)).rejects.toMatchObject({ code: "UNSUPPORTED" });
      }
      await store(put, one);
      const got = await (await source(one)).resolve();
      expect(got.manifest.descriptor.digest).toBe(put.manifest.descriptor.digest);
      if (got.kind !== "index") throw new Error("not an index");
      await expectSame(await got.children[1]!.load() as Image, children[1]!);
    });

    it("holds an artifact, or says that it cannot", async () => {
      const put = artifact();
      if (!powers.artifacts) {
        return await expect(store(put, one)).rejects.toMatchObject({ code: "UNSUPPORTED" });
      }
      await store(put, one);
      const got = await (await source(one)).resolve();
      if (got.kind !== "artifact") throw new Error("not an artifact");
      expect(got.manifest.descriptor.digest).toBe(put.manifest.descriptor.digest);
      expect(await readContent(got.blobs[1]!, LIMIT)).toEqual(
        await readContent(put.blobs[1]!, LIMIT),
      );
    });

    it("takes what has no name yet, where it can", async () => {
      const put = await image({ layers: [{ a: randomBytes(300_000).toString("hex") }] });
      const [layer] = put.layers;
      const to = await sink(one);
      const { size } = layer!.descriptor;
      const take = async (): Promise<UnnamedBlob | undefined> => {
        const unnamed = await to.takeUnnamed?.({ size });
        if (unnamed === undefined) return undefined;
        for await (const chunk of scribbling(layer!).open()) await unnamed.write(chunk);
        return unnamed;
      };
      const dropped = await take();
      if (dropped === undefined) return;
      await dropped[Symbol.asyncDispose]();
      await to.settle?.();
      expect(await to.has(layer!.descriptor)).toBe(false);
      const blob = (await take())!;
      await blob.name({ kind: "layer", content: unreadable(layer!) });
      await blob[Symbol.asyncDispose]();
      await to.settle?.();
      expect(await to.has(layer!.descriptor)).toBe(true);
      await to.put({ kind: "config", content: put.config });
      await to.commit([{ root: { ...put, layers: [unreadable(layer!)] }, references: [] }]);
      await to[Symbol.asyncDispose]();
      await expectSame(await (await source(one)).resolve() as Image, put);
    });

    it("makes nothing before the first put", async () => {
      const to = await sink(one);
      await copy(sourceOf({ it: await image() }), to, { dryRun: true });
      await to[Symbol.asyncDispose]();
      await expect((async () => (await source(one)).resolve())()).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });

    it("lets go when it is broken off", async () => {
      const breakOff = new AbortController();
      const put = await image({ layers: [{ a: "x".repeat(1 << 20) }] });
      const to = await sink(one);
      const running = copy(sourceOf({ it: put }), to, {
        signal: breakOff.signal,
        onEvent: (event) => event.type === "start" && breakOff.abort(),
      });
      await expect(running).rejects.toThrow();
      await to[Symbol.asyncDispose]();
      await expect((async () => (await source(one)).resolve())()).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });
  });
}

/** A layer that nobody may read. */
function unreadable(layer: Layer): Layer {
  return {
    ...layer,
    open() {
      throw new Error("it has been written already");
    },
  };
}

/** Config to the byte, layers by their diffIDs, every layer's tar proved. */
async function expectSame(got: Image, put: Image): Promise<void> {
  expect(await readContent(got.config, LIMIT)).toEqual(await readContent(put.config, LIMIT));
  expect(got.layers.map((layer) => layer.diffId)).toEqual(put.layers.map((layer) => layer.diffId));
  for (const layer of got.layers) {
    const hash = createHasher();
    for await (const chunk of readLayerTar(layer)) hash.update(chunk);
    expect(hash.digest()).toBe(layer.diffId);
  }
}
