/** Paths on disk as NARs, as `nix-store --dump` writes them. */
import { Buffer } from "node:buffer";
import { NixociError, wrapError } from "../../base/errors.ts";
import type { Digest } from "../../bytes/digest.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { Chunk, type FilePart, fillFromBytes, fillFromFile } from "../../bytes/chunk.ts";
import { createYielder } from "../../bytes/flow/yielder.ts";
import { lendBuffer, returnBuffer } from "../../bytes/pool.ts";
import { hashNar, type NarNode } from "../formats/nar.ts";
import { listPieces, type NarFileFacts, sizeError } from "../formats/nar-pieces.ts";
import { joinName, listNames, readPathStat, readTarget } from "./disk.ts";

/** A file of a tree whose contents are on disk. */
export interface DumpedFile extends NarFileFacts, FilePart {}

/**
 * Writes the NAR of a path on disk; nothing is opened before the first byte is asked for.
 * @throws from the stream, NixociError `NOT_FOUND`, `IO`, `SIZE` when a file changes its size while
 * it is read, `UNSUPPORTED` for devices, FIFOs and sockets.
 * @example
 * ```ts
 * import { dumpPath, hashNar } from "nixoci";
 *
 * const { narSize } = await hashNar(dumpPath("in/oci-layout"));
 * console.log(narSize); // 144
 * ```
 */
export async function* dumpPath(path: string): ByteStream {
  yield* dumpTree(readNode(Buffer.from(path)), path);
}

/** Fewer turns than with small chunks, and yet others have theirs a hundred times a second. */
const CHUNK = 256 * 1024;

/** Writes the NAR of a tree whose files are on disk. Throws as {@link dumpPath} does. */
export async function* dumpTree(tree: NarNode<DumpedFile>, name: string): ByteStream {
  const buffer = lendBuffer(CHUNK);
  const othersTurn = createYielder();
  try {
    for (const chunk of writeChunks(tree, name, new Chunk(() => buffer))) {
      yield chunk;
      await othersTurn();
    }
  } finally {
    returnBuffer(buffer);
  }
}

function* writeChunks(
  tree: NarNode<DumpedFile>,
  name: string,
  chunk: Chunk,
): Generator<Uint8Array> {
  for (const piece of listPieces(tree, name)) {
    if (piece instanceof Uint8Array) yield* fillFromBytes(chunk, piece);
    else yield* putContents(chunk, piece.file, piece.name);
  }
  yield chunk.take();
}

function* putContents(chunk: Chunk, file: DumpedFile, name: string): Generator<Uint8Array> {
  let seen: number;
  try {
    seen = yield* fillFromFile(chunk, file);
  } catch (error) {
    throw wrapError(error, `Cannot read ${file.file}`);
  }
  const { size } = file;
  if (seen !== size) throw sizeError(name, size, seen > size ? `more than ${size}` : `${seen}`);
}

/**
 * Hashes the NAR of a path on disk, as `nix hash path` does.
 * @throws NixociError as {@link dumpPath} does.
 * @example
 * ```ts
 * import { formatHash, hashPath } from "nixoci";
 *
 * console.log(formatHash(await hashPath("in/oci-layout"), "sri")); // sha256-6AhJkel6SHIbnuKTYNnFx9V5It+TjILWZjW4JsGi3oM=
 * ```
 */
export async function hashPath(path: string): Promise<Digest> {
  return (await hashNar(dumpPath(path))).narHash;
}

/** Looks at a path on disk; contents and folders are read when they are asked for. */
function readNode(path: Buffer): NarNode<DumpedFile> {
  const stat = readPathStat(path);
  if (stat.isFile()) {
    const { size } = stat;
    const executable = (stat.mode & 0o100) !== 0;
    return { type: "regular", executable, size, file: path };
  }
  if (stat.isSymbolicLink()) return { type: "symlink", target: readTarget(path) };
  if (stat.isDirectory()) {
    return {
      type: "directory",
      *entries() {
        for (const name of listNames(path)) yield [name, readNode(joinName(path, name))];
      },
    };
  }
  throw new NixociError("UNSUPPORTED", `Cannot serialise ${path}: it is a device, FIFO or socket`, {
    hint: "a NAR holds files, folders and symbolic links",
  });
}
