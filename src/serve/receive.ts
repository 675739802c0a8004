/** Bytes of an upload, taken in and answered for. */
import type { Digest } from "../bytes/digest.ts";
import { NixociError } from "../base/errors.ts";
import type { RegistryAnswer } from "./call.ts";
import type { Visit } from "./endpoint.ts";
import type { BlobUpload } from "./uploads.ts";

/**
 * Appends the call's body to an upload. When the client breaks off, what has come stays, so that it
 * can go on; when the bytes cannot be kept, the upload ends.
 * @throws NixociError `LIMIT` when the blob grows too large, and whatever reading or writing throws.
 */
export async function receiveBody({ call, uploads, limits }: Visit, upload: BlobUpload) {
  const { writer } = upload;
  for await (const chunk of call.body) {
    try {
      if (writer.size + chunk.length > limits.blob) {
        throw new NixociError("LIMIT", `a blob has at most ${limits.blob} bytes here`);
      }
      await writer.write(chunk);
    } catch (error) {
      await uploads.end(upload);
      throw error;
    }
  }
}

/** Takes the rest of a blob, if any, and makes it the blob of the digest; the upload ends. */
export async function finishUpload(
  visit: Visit,
  upload: BlobUpload,
  digest: Digest,
): Promise<RegistryAnswer> {
  await receiveBody(visit, upload);
  try {
    await upload.writer.commit(digest);
  } finally {
    await visit.uploads.end(upload);
  }
  return answerCreated(visit.name, digest);
}

/** Answers that a blob is there now. */
export function answerCreated(name: string, digest: Digest): RegistryAnswer {
  const location = `/v2/${name}/blobs/${digest}`;
  return { status: 201, headers: { location, "docker-content-digest": digest } };
}

/** Answers where an upload goes on, and how much of it has come. */
export function answerProgress(upload: BlobUpload, status: number): RegistryAnswer {
  return { status, headers: progressOf(upload) };
}

/** Returns the headers that tell an upload's place and state. */
export function progressOf({ id, repository, writer }: BlobUpload): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    // The specification has no way to say "none".
    range: `0-${Math.max(0, writer.size - 1)}`,
    "docker-upload-uuid": id,
  };
}
