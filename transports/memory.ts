/** `memory:NAME`: images that live as long as the process, for tests and examples. */
import type { Digest } from "../src/bytes/digest.ts";
import { collectStream, streamBytes } from "../src/bytes/stream.ts";
import { NixociError } from "../src/base/errors.ts";
import { type Content, content } from "../src/image/content.ts";
import type { Descriptor } from "../src/image/descriptor.ts";
import { readRoot } from "../src/image/documents/load.ts";
import type { PlaceReference } from "../src/image/place.ts";
import type { ImageBlob } from "../src/image/root.ts";
import type { Sink } from "../src/image/sink.ts";
import type { Source } from "../src/image/source.ts";
import type { Transport } from "../src/image/transport.ts";

interface MemoryStore {
  readonly blobs: Map<Digest, Uint8Array>;
  readonly names: Map<string, Descriptor>;
}

const stores = new Map<string, MemoryStore>();

// What a single image is called when nobody named it.
const UNNAMED = "latest";

function parseLocation(
  { location }: PlaceReference,
): { store: string; name: string; isOpen: boolean } {
  const [store = "", ...rest] = location.split(":");
  return { store, name: rest.join(":") || UNNAMED, isOpen: rest.length === 0 };
}

function storeOf(name: string): MemoryStore {
  const store = stores.get(name) ?? { blobs: new Map(), names: new Map() };
  stores.set(name, store);
  return store;
}

async function openSource(place: PlaceReference): Promise<Source> {
  const { store: storeName, name, isOpen } = parseLocation(place);
  const { blobs, names } = storeOf(storeName);
  const fetch = (descriptor: Descriptor): Content =>
    content(descriptor, () => {
      const bytes = blobs.get(descriptor.digest);
      if (bytes) return streamBytes(bytes);
      throw new NixociError("NOT_FOUND", `memory:${storeName} has no blob ${descriptor.digest}`);
    });
  return {
    async resolve(reference = name) {
      const descriptor = names.get(reference) ??
        [...names.values()].find((one) => one.digest === reference);
      if (descriptor) return await readRoot(fetch(descriptor), fetch);
      throw new NixociError("NOT_FOUND", `memory:${storeName} has no image ${reference}`, {
        hint: `it holds ${[...names.keys()].join(", ") || "no images"}`,
      });
    },
    list: () =>
      Promise.resolve(isOpen ? [...names.keys()].map((name) => ({ select: name, name })) : []),
    async [Symbol.asyncDispose]() {},
  };
}

async function openSink(place: PlaceReference): Promise<Sink> {
  const { store, name, isOpen } = parseLocation(place);
  const { blobs, names } = storeOf(store);
  const put = async ({ content }: Pick<ImageBlob, "content">): Promise<void> => {
    const { digest, size } = content.descriptor;
    blobs.set(digest, await collectStream(content.open(), size, digest));
  };
  return {
    traits: { parallel: 8 },
    naming: { own: [name], open: isOpen },
    has: (descriptor) => Promise.resolve(blobs.has(descriptor.digest)),
    put,
    async commit(images) {
      for (const { root, references } of images) {
        await put({ content: root.manifest });
        const { mediaType, digest, size } = root.manifest.descriptor;
        for (const one of references.length === 0 ? [name] : references) {
          names.set(one, { mediaType, digest, size });
        }
      }
      return images.map(({ root }) => root.manifest.descriptor);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** `memory:STORE[:NAME]`. */
export const transport: Transport = { scheme: "memory", source: openSource, sink: openSink };
