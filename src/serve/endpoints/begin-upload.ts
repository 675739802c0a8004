/** The first request of a push: an upload begins, or is all there is to do. */
import { type Digest, isDigest } from "../../bytes/digest.ts";
import { isRepository } from "../../image/reference.ts";
import { createProblem } from "../call.ts";
import { createInvalidDigestAnswer, requirePushable, type RouteHandler } from "../endpoint.ts";
import { answerCreated, answerProgress, finishUpload } from "../receive.ts";
import type { PushableRepository } from "../storage.ts";

/**
 * Begins an upload. With `mountBlob` and `from` the blob is taken from another repository, if it can be;
 * with `digest` the whole blob is in this request.
 */
export const beginUpload: RouteHandler = requirePushable(async (visit, repository) => {
  const { call, name, uploads, limits } = visit;
  const query = call.url.searchParams;
  const mounted = await mountBlob(repository, query.get("mount"), query.get("from"));
  if (mounted !== undefined) return answerCreated(name, mounted);
  const digest = query.get("digest");
  if (digest !== null && !isDigest(digest)) return createInvalidDigestAnswer();
  const upload = await uploads.add(name, () => repository.beginBlob());
  if (upload === undefined) {
    return createProblem(
      429,
      "TOOMANYREQUESTS",
      `more than ${limits.uploads} uploads are under way`,
    );
  }
  if (digest === null) return answerProgress(upload, 202);
  try {
    return await finishUpload(visit, upload, digest);
  } finally {
    await uploads.end(upload); // nobody knows its ID, to go on with it
  }
});

async function mountBlob(
  repository: PushableRepository,
  digest: string | null,
  from: string | null,
): Promise<Digest | undefined> {
  if (!isDigest(digest) || from === null || !isRepository(from)) return undefined;
  return await repository.mountBlob?.(digest, from) ? digest : undefined;
}
