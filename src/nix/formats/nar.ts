/**
 * Writes and hashes NARs, Nix's archives: without owners, times, or modes but "executable".
 * @see https://nix.dev/manual/nix/latest/protocols/nix-archive
 */
import { createHasher, type Digest } from "../../bytes/digest.ts";
import { joinChunks } from "../../bytes/rechunk.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { type NarNode, writePieces } from "./nar-pieces.ts";

export type { NarFile, NarFileFacts, NarFolder, NarLink, NarNode } from "./nar-pieces.ts";

/** The hash and size of a NAR: what Nix calls narHash and narSize. */
export interface NarSum {
  readonly narHash: Digest;
  /** In bytes. */
  readonly narSize: number;
}

/**
 * Writes the NAR of a tree given as values.
 * @param name what errors call the tree.
 * @throws from the stream, NixociError `SIZE` when a file has another size than it says,
 * `MALFORMED` for names that no folder can hold, or holds twice.
 * @example
 * ```ts
 * import { hashNar, writeNar } from "nixoci";
 *
 * const link = { type: "symlink", target: "/bin/sh" } as const;
 * const { narSize } = await hashNar(writeNar(link, "sh"));
 * console.log(narSize); // 120
 * ```
 */
export function writeNar(tree: NarNode, name: string): ByteStream {
  return joinChunks(writePieces(tree, name));
}

/**
 * Hashes and counts a NAR, or any bytes: reads them to their end.
 * @example
 * ```ts
 * import { dumpPath, hashNar } from "nixoci";
 *
 * const { narHash, narSize } = await hashNar(dumpPath("in/oci-layout"));
 * console.log(narSize % 8); // 0
 * console.log(narHash.startsWith("sha256:")); // true
 * ```
 */
export async function hashNar(stream: ByteStream): Promise<NarSum> {
  const hash = createHasher();
  let narSize = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    narSize += chunk.length;
  }
  return { narHash: hash.digest(), narSize };
}
