/** A layer's tar: headers, contents, padding, and the end. */
import { closeSync, constants, openSync } from "node:fs";
import { NixociError, wrapError } from "../base/errors.ts";
import { BLOCK, paddedSizeOf, zerosOf } from "../tar/block.ts";
import { quoteName } from "../tar/name.ts";
import { Chunk, type NextBuffer } from "./chunk.ts";
import { diskPathOf } from "./files.ts";
import { createHeaderWriter } from "./header/mod.ts";
import { listLayerMembers } from "./members.ts";
import type { LayerRecipe } from "./recipe.ts";
import type { StoreRoot } from "./store-root.ts";

/**
 * Makes the layer's bytes, read from disk as they are asked for. Nothing here waits for another thread:
 * most files are small, and cost less to read than to wait for.
 * @param room gives the buffers that chunks lie in, each of 64 KiB or more.
 * @throws NixociError `NOT_FOUND`, `IO`, `UNSUPPORTED` from reading; `SIZE` for a file that changes
 * meanwhile; `EXISTS`, `UNSAFE`, `MALFORMED` for what the recipe makes of its paths.
 */
export function* writeLayerTar(
  recipe: LayerRecipe,
  store: StoreRoot,
  room: NextBuffer,
): Generator<Uint8Array> {
  const header = createHeaderWriter(recipe);
  const chunk = new Chunk(room);
  for (const { member, content } of listLayerMembers(recipe, store)) {
    const bytes = header(member);
    if (bytes.length > chunk.left) yield chunk.take();
    chunk.put(bytes);
    if (content === undefined) continue;
    if (typeof content === "string") yield* putFile(chunk, content, member.size);
    else yield* putBytes(chunk, content);
    const padding = zerosOf(paddedSizeOf(member.size) - member.size);
    if (padding.length > chunk.left) yield chunk.take();
    chunk.put(padding);
  }
  const end = zerosOf(endOf(chunk.total, recipe));
  if (end.length > chunk.left) yield chunk.take();
  chunk.put(end);
  yield chunk.take();
}

const END = 2 * BLOCK;
const RECORD = 20 * BLOCK;

/** Returns the number of zeros that end an archive: Python and GNU tar fill the last record up. */
function endOf(total: number, { style, packer }: LayerRecipe): number {
  return style === "dockertools" || packer !== undefined
    ? Math.ceil((total + END) / RECORD) * RECORD - total
    : END;
}

/** Neither follows a link nor waits for a FIFO, should one have taken the file's place. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function* putFile(chunk: Chunk, path: string, size: number): Generator<Uint8Array> {
  const file = explainFailure(path, () => openSync(diskPathOf(path), FLAGS));
  try {
    for (let left = size;;) {
      if (chunk.left === 0) yield chunk.take();
      // One byte more, to see that there is none.
      const wanted = Math.min(left + 1, chunk.left);
      const read = explainFailure(path, () => chunk.read(file, wanted));
      left -= read;
      if (left < 0 || (read === 0 && left > 0)) throw changedError(path, size, left < 0);
      if (left === 0 && read < wanted) return;
    }
  } finally {
    closeSync(file);
  }
}

function* putBytes(chunk: Chunk, bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    if (chunk.left === 0) yield chunk.take();
    const part = bytes.subarray(at, at + chunk.left);
    chunk.put(part);
    at += part.length;
  }
}

function explainFailure<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw wrapError(error, `Cannot read ${quoteName(path)}`);
  }
}

function changedError(path: string, size: number, grown: boolean): NixociError {
  const how = grown ? "longer" : "shorter";
  const what = `Cannot read ${quoteName(path)}: it became ${how} than its ${size} bytes meanwhile`;
  return new NixociError("SIZE", what, { hint: "let nothing write to it, and try again" });
}
