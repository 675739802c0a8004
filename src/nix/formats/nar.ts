/**
 * NAR, Nix's archive: what a tree hashes to, without owners, times, or modes but "executable".
 * @see https://nix.dev/manual/nix/latest/protocols/nix-archive
 */
import { Buffer } from "node:buffer";
import { type Digest, hasher } from "../../bytes/digest.ts";
import { gather } from "../../bytes/rechunk.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { NixociError } from "../../base/errors.ts";
import { joinName, namesIn, readFileBytes, statPath, targetOf } from "../store/disk.ts";
import { type NarNode, writePieces } from "./nar-pieces.ts";

export type { NarFile, NarFolder, NarLink, NarNode } from "./nar-pieces.ts";

/** A NAR's hash and size: what Nix calls narHash and narSize. */
export interface NarSum {
  readonly narHash: Digest;
  /** In bytes. */
  readonly narSize: number;
}

/**
 * The NAR of a tree given as values.
 * @param name what errors call it.
 * @throws from the stream, NixociError `SIZE` when a file has another size than it says,
 * `MALFORMED` for names that no folder can hold, or holds twice.
 */
export function nar(tree: NarNode, name: string): ByteStream {
  return gather(writePieces(tree, name));
}

/**
 * The NAR of what lies at a path on disk, as `nix-store --dump` writes it.
 * @throws from the stream, NixociError `NOT_FOUND`, `IO`, `SIZE` when a file changes its size while
 * it is read, `UNSUPPORTED` for devices, FIFOs and sockets.
 */
export function narOf(path: string): ByteStream {
  return gather((async function* () {
    yield* writePieces(nodeAt(Buffer.from(path)), path);
  })());
}

/** Hash and size of a NAR, or of any bytes: reads them to their end. */
export async function narSum(stream: ByteStream): Promise<NarSum> {
  const hash = hasher();
  let narSize = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    narSize += chunk.length;
  }
  return { narHash: hash.digest(), narSize };
}

/**
 * The hash of the NAR of what lies at a path: what `nix hash path` says.
 * @throws NixociError as {@link narOf} does.
 */
export async function narHash(path: string): Promise<Digest> {
  return (await narSum(narOf(path))).narHash;
}

/** What lies at a path on disk, read as it is asked for. */
function nodeAt(path: Buffer): NarNode {
  const stat = statPath(path);
  if (stat.isFile()) {
    const { size } = stat;
    const executable = (stat.mode & 0o100) !== 0;
    return { type: "regular", executable, size, open: () => readFileBytes(path, size) };
  }
  if (stat.isSymbolicLink()) return { type: "symlink", target: targetOf(path) };
  if (stat.isDirectory()) {
    return {
      type: "directory",
      *entries() {
        for (const name of namesIn(path)) yield [name, nodeAt(joinName(path, name))];
      },
    };
  }
  throw new NixociError("UNSUPPORTED", `Cannot serialise ${path}: it is a device, FIFO or socket`, {
    hint: "a NAR holds files, folders and symbolic links",
  });
}
