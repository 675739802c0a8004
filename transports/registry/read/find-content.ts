/** Finds content of which no more than the digest is known: a blob, or else a manifest. */
import type { Digest } from "../../../src/bytes/digest.ts";
import type { Content } from "../../../src/image/content.ts";
import { isMissing, type Session } from "../session.ts";
import { createBlobContent } from "./blob.ts";
import { getManifest } from "./manifest.ts";

/** Finds it; `undefined` where the repository has neither. */
export async function findContent(of: Session, digest: Digest): Promise<Content | undefined> {
  const size = await headBlob(of, digest);
  if (size !== undefined) {
    return createBlobContent(of, { mediaType: "application/octet-stream", digest, size });
  }
  try {
    return await getManifest(of, digest);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Asks for the size of a blob; a GET whose body is not read where HEAD says none. */
async function headBlob(of: Session, digest: Digest): Promise<number | undefined> {
  for (const method of ["HEAD", "GET"]) {
    try {
      const ask = { method, to: `blobs/${digest}`, expect: [200] };
      const size = await of.ask(ask, async (reply) => {
        const length = Number(reply.headers["content-length"] ?? NaN);
        await reply.discard();
        return Number.isSafeInteger(length) ? length : undefined;
      });
      if (size !== undefined) return size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
  return undefined;
}
