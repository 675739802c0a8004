/** Blobs: sent whole or in part, deleted where the storage can. */
import { createProblem, type RegistryAnswer } from "../call.ts";
import { requireDigest, type RouteHandler } from "../endpoint.ts";
import { parseRange } from "../range.ts";
import type { ServedBytes } from "../storage.ts";

/** Sends a blob or the range of it that is asked for. */
export const getBlob: RouteHandler = requireDigest(async ({ call, storage, name }, digest) => {
  const blob = await (await storage.findRepository(name))?.findBlob(digest);
  return blob === undefined
    ? createUnknownBlobAnswer(digest)
    : sendBlob(blob, call.headers["range"]);
});

/** Deletes a blob. Manifests that name it stay, and are broken. */
export const deleteBlob: RouteHandler = requireDigest(async ({ storage, name }, digest) => {
  const repository = await storage.findRepository(name);
  if (repository === undefined) return createUnknownBlobAnswer(digest);
  if (!repository.deleteBlob) {
    return createProblem(405, "UNSUPPORTED", "blobs cannot be deleted here");
  }
  return await repository.deleteBlob(digest) ? { status: 202 } : createUnknownBlobAnswer(digest);
});

function createUnknownBlobAnswer(digest: string): RegistryAnswer {
  return createProblem(404, "BLOB_UNKNOWN", `there is no blob ${digest}`, { digest });
}

function sendBlob({ descriptor, read }: ServedBytes, wanted: string | undefined): RegistryAnswer {
  const { digest, size } = descriptor;
  const range = parseRange(wanted, size);
  if (range === "unsatisfiable") {
    const answer = createProblem(416, "RANGE_INVALID", `the blob has ${size} bytes`);
    return { ...answer, headers: { ...answer.headers, "content-range": `bytes */${size}` } };
  }
  const { start, end } = range ?? { start: 0, end: size };
  return {
    status: range ? 206 : 200,
    headers: {
      "content-type": "application/octet-stream",
      "content-length": `${end - start}`,
      "content-range": range && `bytes ${start}-${end - 1}/${size}`,
      "accept-ranges": "bytes",
      "docker-content-digest": digest,
      etag: `"${digest}"`,
    },
    body: range ? read(start, end) : read(),
  };
}
