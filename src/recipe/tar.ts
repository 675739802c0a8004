/** A layer's tar: headers, contents, padding, and the end. */
import { NixociError, wrapError } from "../base/errors.ts";
import {
  Chunk,
  fillFromBytes,
  fillFromFile,
  type NextBuffer,
  putWholeFile,
} from "../bytes/chunk.ts";
import { BLOCK, paddedSizeOf } from "../tar/block.ts";
import { quoteName } from "../tar/name.ts";
import { diskPathOf } from "./files.ts";
import { createHeaderWriter } from "./header/mod.ts";
import type { DiskContent } from "./made/made.ts";
import { listLayerMembers, type PlacedMember } from "./members.ts";
import type { LayerRecipe } from "./recipe.ts";
import type { StoreRoot } from "./store-root.ts";

/** A member as it stands in the tar. */
export interface FramedMember extends Pick<PlacedMember, "content"> {
  /** All that comes before its content; good until the next member is asked for. */
  readonly header: Uint8Array;
  /** Of its content, in bytes. */
  readonly size: number;
}

/** Gives the members of a layer with their headers. Throws as {@link writeLayerTar} does, but for `SIZE`. */
export function* listFramedMembers(recipe: LayerRecipe, store: StoreRoot): Generator<FramedMember> {
  const header = createHeaderWriter(recipe);
  for (const { member, content } of listLayerMembers(recipe, store)) {
    yield { header: header(member), content, size: content === undefined ? 0 : member.size };
  }
}

/**
 * Makes the layer's bytes, read from disk as they are asked for. Nothing here waits for another thread:
 * most files are small, and cost less to read than to wait for.
 * @param room gives the buffers that chunks lie in, each of 64 KiB or more.
 * @param members the layer's, where they are known already.
 * @throws NixociError `NOT_FOUND`, `IO`, `UNSUPPORTED` from reading; `SIZE` for a file that changes
 * meanwhile; `EXISTS`, `UNSAFE`, `MALFORMED` for what the recipe makes of its paths.
 */
export function* writeLayerTar(
  recipe: LayerRecipe,
  store: StoreRoot,
  room: NextBuffer,
  members: Iterable<FramedMember> = listFramedMembers(recipe, store),
): Generator<Uint8Array> {
  const chunk = new Chunk(room);
  for (const { header, content, size } of members) {
    if (header.length > chunk.left) yield chunk.take();
    chunk.put(header);
    if (content === undefined) continue;
    if (content instanceof Uint8Array) yield* fillFromBytes(chunk, content);
    else if (size < chunk.left) putShortContent(chunk, content, size);
    else yield* putContent(chunk, content, size);
    const padding = paddedSizeOf(size) - size;
    if (padding > chunk.left) yield chunk.take();
    chunk.putZeros(padding);
  }
  const end = endOf(chunk.total, recipe);
  if (end > chunk.left) yield chunk.take();
  chunk.putZeros(end);
  yield chunk.take();
}

const END = 2 * BLOCK;
const RECORD = 20 * BLOCK;

/**
 * Returns the number of zeros that end an archive of so many bytes: Python and GNU tar fill the last
 * record up.
 */
export function endOf(total: number, { style, packer }: LayerRecipe): number {
  return style === "dockertools" || packer !== undefined
    ? Math.ceil((total + END) / RECORD) * RECORD - total
    : END;
}

function* putContent(chunk: Chunk, { file, at }: DiskContent, size: number): Generator<Uint8Array> {
  let seen: number;
  try {
    seen = yield* fillFromFile(chunk, { file: diskPathOf(file), at, size });
  } catch (error) {
    throw wrapError(error, `Cannot read ${quoteName(file)}`);
  }
  if (seen !== size) throw changedError(file, size, seen > size);
}

/** Does the same where the chunk has room, and so without a generator for each of thousands of files. */
function putShortContent(chunk: Chunk, { file, at }: DiskContent, size: number): void {
  let seen: number;
  try {
    seen = putWholeFile(chunk, { file: diskPathOf(file), at, size });
  } catch (error) {
    throw wrapError(error, `Cannot read ${quoteName(file)}`);
  }
  if (seen !== size) throw changedError(file, size, seen > size);
}

function changedError(path: string, size: number, grown: boolean): NixociError {
  const how = grown ? "longer" : "shorter";
  const what = `Cannot read ${quoteName(path)}: it became ${how} than its ${size} bytes meanwhile`;
  return new NixociError("SIZE", what, { hint: "let nothing write to it, and try again" });
}
