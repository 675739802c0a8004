/** Layers from tar files. */
import { decompressStream } from "../bytes/compression.ts";
import { detectCompression, HEAD_SIZE, peekStream } from "../bytes/detect.ts";
import { createHasher } from "../bytes/digest.ts";
import { readFile } from "../bytes/disk/file.ts";
import { type ByteStream, watchStream } from "../bytes/stream.ts";
import { unpackWithProgram } from "../bytes/unpack.ts";
import { wrapError } from "../base/errors.ts";
import { content } from "../image/content.ts";
import { layerMediaTypeOf } from "../image/media-types.ts";
import type { Layer } from "../image/root.ts";
import { readTar } from "../tar/read.ts";

/**
 * Opens a tar file as a layer, plain or packed with gzip or zstd; of one packed with xz or bzip2, which
 * no layer may have, the layer is the tar that comes out. Reads it once, to prove that it is a tar and
 * to name it; its bytes are read again, and verified, where the layer goes.
 * @throws NixociError `MALFORMED` when it is not a tar, `NOT_FOUND`; `UNSUPPORTED` where the program
 * `xz` or `bzip2` is missing.
 * @example
 * ```ts
 * import { openLayerFile } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * await writeFile("empty.tar", new Uint8Array(1024)); // a tar without files
 * const layer = await openLayerFile("empty.tar");
 * console.log(layer.diffId === layer.descriptor.digest); // true
 * ```
 */
export async function openLayerFile(path: string, signal?: AbortSignal): Promise<Layer> {
  try {
    return await nameLayer(() => unpackWithProgram(readFile(path), signal), signal);
  } catch (error) {
    throw wrapError(error, `Cannot read the layer ${path}`);
  }
}

async function nameLayer(open: () => ByteStream, signal: AbortSignal | undefined): Promise<Layer> {
  const [packed, unpacked] = [createHasher(), createHasher()];
  let size = 0;
  const bytes = watchStream(open(), (chunk) => {
    packed.update(chunk);
    size += chunk.length;
  });
  const { head, stream } = await peekStream(bytes, HEAD_SIZE);
  try {
    const compression = detectCompression(head);
    const tar = decompressStream(stream, undefined, signal ? { signal } : {});
    const members = readTar(watchStream(tar, (chunk) => unpacked.update(chunk)));
    while (!(await members.next()).done);
    const known = compression === "gzip" || compression === "zstd" ? compression : "none";
    const mediaType = layerMediaTypeOf({ format: "oci", compression: known, distributable: true })!;
    const descriptor = { mediaType, digest: packed.digest(), size };
    return { ...content(descriptor, open), diffId: unpacked.digest() };
  } finally {
    await stream[Symbol.asyncDispose]();
  }
}
