/** Paths on disk as NARs, as `nix-store --dump` writes them. */
import { Buffer } from "node:buffer";
import { NixociError } from "../../base/errors.ts";
import type { Digest } from "../../bytes/digest.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { hashNar, type NarNode, writeNar } from "../formats/nar.ts";
import { joinName, listNames, readFileBytes, readPathStat, readTarget } from "./disk.ts";

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
  yield* writeNar(readNode(Buffer.from(path)), path);
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
function readNode(path: Buffer): NarNode {
  const stat = readPathStat(path);
  if (stat.isFile()) {
    const { size } = stat;
    const executable = (stat.mode & 0o100) !== 0;
    return { type: "regular", executable, size, open: () => readFileBytes(path, size) };
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
