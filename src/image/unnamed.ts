/** Stores bytes whose digest shows when all of them have come: once, in the place where they stay. */
import { useResources } from "../base/dispose.ts";
import { NixociError } from "../base/errors.ts";
import { createHasher } from "../bytes/digest.ts";
import { pourStream } from "../bytes/pour.ts";
import type { ByteStream } from "../bytes/stream.ts";
import type { Descriptor } from "./descriptor.ts";
import type { ImageBlob } from "./root.ts";
import type { UnnamedBlob } from "./sink.ts";

/** The digest and the size of bytes. */
export type NamedBytes = Pick<Descriptor, "digest" | "size">;

/**
 * Writes a whole stream into an unnamed blob, hashes exactly what it writes, and has the blob named
 * so. Whatever fails, nothing of it stays.
 * @param nameBlob returns the blob that these bytes are; `undefined` where they are not wanted.
 * @throws what the stream and the place throw; NixociError `DIGEST` for a blob of other bytes.
 */
export async function putUnnamed<B extends ImageBlob | undefined>(
  unnamed: UnnamedBlob,
  stream: ByteStream,
  nameBlob: (bytes: NamedBytes) => B,
): Promise<B> {
  return await useResources(async (hold) => {
    hold(unnamed);
    const hasher = createHasher();
    let size = 0;
    await pourStream(stream, (chunk) => {
      hasher.update(chunk);
      size += chunk.length;
      return unnamed.write(chunk);
    });
    const bytes = { digest: hasher.digest(), size };
    const blob = nameBlob(bytes);
    if (blob === undefined) return blob;
    const { descriptor } = blob.content;
    if (descriptor.digest !== bytes.digest || descriptor.size !== size) {
      const asked = `${descriptor.digest} (${descriptor.size} bytes)`;
      throw new NixociError("DIGEST", `${bytes.digest} (${size} bytes) cannot be named ${asked}`);
    }
    await unnamed.name(blob);
    return blob;
  });
}
