/** Layers written down as lists of members, and what shows of them. */
import { digestOf } from "../../../src/bytes/digest.ts";
import { compressStream } from "../../../src/bytes/compression.ts";
import { collectStream, streamBytes } from "../../../src/bytes/stream.ts";
import { type FlatArchiveOptions, writeArchive } from "../../../src/flatten/archive.ts";
import { flatten, type FlattenOptions } from "../../../src/flatten/flatten.ts";
import { mergeLayers } from "../../../src/flatten/merge.ts";
import type { MergeOptions } from "../../../src/flatten/types.ts";
import { createSpool } from "../../../src/flatten/spool.ts";
import { createImage } from "../../../src/image/documents/assemble.ts";
import { contentOf } from "../../../src/image/content.ts";
import { encodeJson } from "../../../src/image/json.ts";
import { layerMediaTypeOf, MEDIA_TYPES } from "../../../src/image/media-types.ts";
import type { Image, Layer } from "../../../src/image/root.ts";
import { createScratch } from "../../../src/image/disk/scratch.ts";
import type { TarFields } from "../../../src/tar/entry.ts";
import { expandSparse } from "../../../src/tar/sparse.ts";
import { writeTar } from "../../../src/tar/write.ts";

/**
 * A member. In short: `a` is a file (its content the layer's number), `a/` a directory, `a -> b` a
 * symbolic link, `a = b` a hard link, `a: text` a file with that content.
 */
export type Member = string | (TarFields & { readonly text?: string | Uint8Array });

export type Compression = "none" | "gzip" | "zstd";

/** What a short form stands for. */
export function fieldsOf(member: Member, otherwise = ""): { fields: TarFields; data: Buffer } {
  if (typeof member !== "string") {
    const { text = "", ...fields } = member;
    const data = Buffer.from(text as string); // or bytes, which it takes as well
    return { fields: { mode: 0o644, ...fields, size: data.length }, data };
  }
  const nothing = Buffer.alloc(0);
  const [, path = "", sign, rest = ""] = /^(.*?)(?:( -> | = |: )(.*))?$/su.exec(member) ?? [];
  if (sign === " -> ") {
    return { fields: { path, type: "symlink", linkpath: rest, mode: 0o777 }, data: nothing };
  }
  if (sign === " = ") return { fields: { path, type: "hardlink", linkpath: rest }, data: nothing };
  if (path.endsWith("/")) {
    return { fields: { path, type: "directory", mode: 0o755 }, data: nothing };
  }
  const data = Buffer.from(sign === undefined ? otherwise : rest);
  return { fields: { path, mode: 0o644, size: data.length }, data };
}

/** The layer's archive. */
export async function tarOfMembers(members: readonly Member[], text = ""): Promise<Buffer> {
  const inputs = members.map((member) => {
    const { fields, data } = fieldsOf(member, text);
    return { fields, data: streamBytes(data) };
  });
  return await collectStream(writeTar(inputs), 1 << 30, "a layer");
}

export async function layerOfTar(tar: Buffer, compression: Compression): Promise<Layer> {
  const bytes = compression === "none" ? tar : await collectStream(
    compressStream(streamBytes(tar), { kind: compression }),
    1 << 30,
    "a layer",
  );
  const mediaType = layerMediaTypeOf({ format: "oci", compression, distributable: true })!;
  return { ...contentOf(mediaType, bytes), diffId: digestOf(tar) };
}

/** An image of layers, lowest first. */
export function imageOfLayers(layers: readonly Layer[]): Image {
  const config = encodeJson({
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  });
  return createImage("oci", contentOf(MEDIA_TYPES.oci.config, config), layers);
}

/** An image of layers written down; a file's content is its layer's number. */
export async function stack(
  layers: readonly (readonly Member[])[],
  compression: Compression = "none",
): Promise<Image> {
  return imageOfLayers(
    await Promise.all(layers.map(async (members, i) => {
      return await layerOfTar(await tarOfMembers(members, String(i + 1)), compression);
    })),
  );
}

/** All that shows: `path/`, `path: content`, `path -> target`, `path = first name`, `path (char)`. */
export async function shown(
  image: Pick<Image, "layers">,
  options: MergeOptions = {},
): Promise<string[]> {
  return await withTree(image, options, async (tree, store) => {
    const lines: string[] = [];
    for (const entry of tree.entries()) {
      const { path, type, linkTo, linkpath } = entry;
      if (path === "") continue;
      if (linkTo !== undefined) lines.push(`${path} = ${linkTo}`);
      else if (type === "directory") lines.push(`${path}/`);
      else if (type === "symlink") lines.push(`${path} -> ${linkpath}`);
      else if (type === "file") {
        const content = await collectStream(expandSparse(entry, store.open(entry)), 1 << 30, path);
        lines.push(`${path}: ${content}`);
      } else lines.push(`${path} (${type})`);
    }
    return lines;
  });
}

/** The whole archive. */
export async function exported(
  image: Pick<Image, "layers">,
  options: MergeOptions & FlatArchiveOptions = {},
): Promise<Buffer> {
  return await withTree(image, options, async (tree, store) => {
    return await collectStream(
      writeArchive(tree, (entry) => store.open(entry), options),
      1 << 30,
      "it",
    );
  });
}

/** The whole archive in the order of the layers. */
export async function exportedByLayer(image: Image, options: FlattenOptions = {}): Promise<Buffer> {
  return await collectStream(flatten(image, { ...options, order: "layers" }), 1 << 30, "it");
}

type Work<T> = (
  tree: Awaited<ReturnType<typeof mergeLayers>>,
  store: ReturnType<typeof createSpool>,
) => Promise<T>;

async function withTree<T>(
  image: Pick<Image, "layers">,
  options: MergeOptions,
  work: Work<T>,
): Promise<T> {
  const room = createScratch();
  const store = createSpool(room);
  try {
    return await work(await mergeLayers(image, store, options), store);
  } finally {
    await store[Symbol.asyncDispose]();
    await room[Symbol.asyncDispose]();
  }
}
