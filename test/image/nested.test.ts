import { describe, expect, it } from "vitest";
import type { Digest } from "../../src/bytes/digest.ts";
import { copy } from "../../src/copy/copy.ts";
import { type Content, contentOf } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { readRoot } from "../../src/image/documents/load.ts";
import { encodeJson } from "../../src/image/json.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import type { Image } from "../../src/image/root.ts";
import { loadImages, loadTree } from "../../src/image/tree.ts";
import { compress, format, platform } from "../../src/steps/mod.ts";
import { openSink } from "../../transports/mod.ts";
import { image, sourceOf } from "../support/images.ts";

const OCI = MEDIA_TYPES.oci;

/** Contents by digest, and how often each was fetched. */
function createStore() {
  const contents = new Map<Digest, Content>();
  const fetched = new Map<Digest, number>();
  return {
    fetched,
    add(content: Content): Descriptor {
      contents.set(content.descriptor.digest, content);
      return content.descriptor;
    },
    addImage({ manifest, config, layers }: Image): Descriptor {
      for (const one of [config, ...layers]) this.add(one);
      return this.add(manifest);
    },
    addIndex(manifests: readonly Descriptor[]): Descriptor {
      const json = encodeJson({ schemaVersion: 2, mediaType: OCI.index, manifests });
      return this.add(contentOf(OCI.index, json));
    },
    fetch(descriptor: Descriptor): Content {
      const { digest } = descriptor;
      fetched.set(digest, (fetched.get(digest) ?? 0) + 1);
      return { ...contents.get(digest)!, descriptor };
    },
    read(descriptor: Descriptor) {
      fetched.clear();
      return readRoot(this.fetch(descriptor), (one) => this.fetch(one));
    },
  };
}

/** An index of indexes, each of which names the one below twice. */
async function createLaugh(levels: number) {
  const store = createStore();
  const one = await image();
  let top = store.addImage(one);
  for (let i = 0; i < levels; i++) top = store.addIndex([top, top]);
  return { store, one, top };
}

describe("indexes in indexes", () => {
  it("are walked once each, however often they are named", async () => {
    const { store, one, top } = await createLaugh(30);
    const tree = await loadTree(await store.read(top));
    expect(tree.manifests.length).toBe(30);
    expect(tree.blobs.length).toBe(2);
    expect(Math.max(...store.fetched.values())).toBe(1);
    const images = await loadImages(await store.read(top));
    expect(images.map(({ manifest }) => manifest.descriptor.digest))
      .toEqual([one.manifest.descriptor.digest]);
    expect(Math.max(...store.fetched.values())).toBe(1);
  });

  it("are copied and converted in as many steps as there are documents", async () => {
    const { store, top } = await createLaugh(30);
    for (const steps of [[], [compress({ kind: "zstd" })], [format("docker")]]) {
      const to = await openSink(`memory:nested-${steps.length}`);
      const source = sourceOf({ a: await store.read(top) });
      const { images } = await copy(source, to, { all: true, steps });
      expect(images.length).toBe(1);
    }
  });

  it("are refused where they are too deep, without loading what is below", async () => {
    const { store, top } = await createLaugh(33);
    await expect(loadTree(await store.read(top))).rejects.toThrow(/lies in 32 others/);
    const { store: right, top: deep } = await createLaugh(32);
    expect((await loadTree(await right.read(deep))).manifests.length).toBe(32);
  });

  it("have entries of manifests: a web page is none, an unknown type of application is", async () => {
    const store = createStore();
    const good = store.addImage(await image({ platform: { os: "linux", architecture: "amd64" } }));
    const page = store.add(contentOf("text/html", Buffer.from("<html>")));
    const other = store.add(contentOf("application/vnd.example+json", Buffer.from("{}")));
    const mixed = await store.read(store.addIndex([good, page]));
    await expect(loadTree(mixed)).rejects.toThrow(/is in an index as text\/html/);
    const memory = await openSink("memory:nested-mixed");
    const amd64 = { os: "linux", architecture: "amd64" };
    await copy(sourceOf({ a: mixed }), memory, { steps: [platform([amd64])] });
    const tree = await loadTree(await store.read(store.addIndex([good, other])));
    expect(tree.manifests.length).toBe(2);
  });
});
