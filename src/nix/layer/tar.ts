/** A layer's tar: headers, contents, padding, and the end. */
import { closeSync, constants, openSync, readSync } from "node:fs";
import type { Buffer } from "node:buffer";
import { during, NixociError } from "../../errors.ts";
import { BLOCK, padded, zeros } from "../../tar/block.ts";
import { quoteName } from "../../tar/name.ts";
import { onDisk } from "./files.ts";
import { headerWriter } from "./header/mod.ts";
import { membersOf } from "./members.ts";
import type { LayerRecipe } from "./recipe.ts";
import type { StoreRoot } from "./store-root.ts";

/**
 * The layer's bytes, read from disk as they are asked for. Nothing here waits for another thread:
 * most files are small, and cost less to read than to wait for.
 * @param buffer what chunks lie in, so that each is good until the next is asked for.
 * @throws NixociError `NOT_FOUND`, `IO`, `UNSUPPORTED` from reading; `SIZE` for a file that changes
 * meanwhile; `EXISTS`, `UNSAFE`, `MALFORMED` for what the recipe makes of its paths.
 */
export function* layerTar(
  recipe: LayerRecipe,
  store: StoreRoot,
  buffer: Buffer,
): Generator<Uint8Array> {
  const header = headerWriter(recipe.style);
  const out: Out = { buffer, filled: 0, total: 0 };
  for (const { member, file } of membersOf(recipe, store)) {
    yield* put(out, header(member));
    if (file === undefined) continue;
    yield* putFile(out, file, member.size);
    yield* put(out, zeros(padded(member.size) - member.size));
  }
  yield* put(out, zeros(2 * BLOCK));
  // Python fills the last record up, Go only ends the archive.
  const over = recipe.style === "dockertools" ? out.total % RECORD : 0;
  if (over > 0) yield* put(out, zeros(RECORD - over));
  yield buffer.subarray(0, out.filled);
}

const RECORD = 20 * BLOCK;

/** The chunk that is being filled. */
interface Out {
  readonly buffer: Buffer;
  filled: number;
  /** Of the whole layer. */
  total: number;
}

function* put(out: Out, bytes: Uint8Array): Generator<Uint8Array> {
  for (let rest = bytes; rest.length > 0;) {
    if (out.filled === out.buffer.length) yield flush(out);
    const part = rest.subarray(0, out.buffer.length - out.filled);
    out.buffer.set(part, out.filled);
    out.filled += part.length;
    rest = rest.subarray(part.length);
  }
  out.total += bytes.length;
}

function flush(out: Out): Uint8Array {
  const chunk = out.buffer.subarray(0, out.filled);
  out.filled = 0;
  return chunk;
}

/** Neither follows a link nor waits for a FIFO, should one have taken the file's place. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function* putFile(out: Out, path: string, size: number): Generator<Uint8Array> {
  const file = reading(path, () => openSync(onDisk(path), FLAGS));
  try {
    for (let left = size;;) {
      if (out.filled === out.buffer.length) yield flush(out);
      // One byte more, to see that there is none.
      const wanted = Math.min(left + 1, out.buffer.length - out.filled);
      const read = reading(path, () => readSync(file, out.buffer, out.filled, wanted, null));
      left -= read;
      if (left < 0 || (read === 0 && left > 0)) throw changed(path, size, left < 0);
      out.filled += read;
      out.total += read;
      if (left === 0 && read < wanted) return;
    }
  } finally {
    closeSync(file);
  }
}

function reading<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw during(error, `Cannot read ${quoteName(path)}`);
  }
}

function changed(path: string, size: number, grown: boolean): NixociError {
  const how = grown ? "longer" : "shorter";
  const what = `Cannot read ${quoteName(path)}: it became ${how} than its ${size} bytes meanwhile`;
  return new NixociError("SIZE", what, { hint: "let nothing write to it, and try again" });
}
