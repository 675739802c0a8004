/** Layers as bytes, and what is in them. */
import { Buffer } from "node:buffer";
import { type ByteStream, collectStream, streamBytes } from "../../../src/bytes/stream.ts";
import { loadGoRegExps } from "../../../src/go/regexp/regexp.ts";
import type { LayerRecipe } from "../../../src/recipe/recipe.ts";
import type { StoreRoot } from "../../../src/recipe/store-root.ts";
import { writeLayerTar } from "../../../src/recipe/tar.ts";
import { readTar, type TarEntry } from "../../../src/tar/mod.ts";

await loadGoRegExps(); // what makes layers here does not wait for it

export const collected = (stream: ByteStream): Promise<Buffer> =>
  collectStream(stream, 1 << 28, "it");

/** All of a layer; `size` is that of the buffer, which must not matter. */
export function layerBytes(recipe: LayerRecipe, store: StoreRoot = {}, size = 64 * 1024): Buffer {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(size);
  for (const chunk of writeLayerTar(recipe, store, () => buffer)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The members of an archive. */
export async function entriesIn(archive: Buffer): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for await (const { entry } of readTar(streamBytes(archive))) entries.push(entry);
  return entries;
}

/** `mode uid:gid uname:gname path[ -> link]` of each. */
export async function listing(archive: Buffer): Promise<string[]> {
  return (await entriesIn(archive)).map(({ path, mode, uid, gid, uname, gname, linkpath }) =>
    `${mode.toString(8).padStart(4, "0")} ${uid}:${gid} ${uname}:${gname} ${path}` +
    (linkpath === "" ? "" : ` -> ${linkpath}`)
  );
}

/** The names in an archive, in order. */
export async function names(archive: Buffer): Promise<string[]> {
  return (await entriesIn(archive)).map(({ path }) => path);
}
