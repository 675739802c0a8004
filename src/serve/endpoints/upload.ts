/** An upload under way: asked about, gone on with, ended, given up. */
import { isDigest } from "../../bytes/digest.ts";
import { createProblem, type RegistryAnswer } from "../call.ts";
import { createInvalidDigestAnswer, type RouteHandler, type Visit } from "../endpoint.ts";
import { answerProgress, finishUpload, progressOf, receiveBody } from "../receive.ts";
import type { BlobUpload } from "../uploads.ts";

/** Says how much has come. */
export const createUploadAnswer: RouteHandler = async ({ uploads, name, argument }) => {
  const upload = uploads.find(name, argument);
  return upload ? answerProgress(upload, 204) : createUnknownUploadAnswer();
};

/** Appends a chunk, which says where it begins or is taken to go on. */
export const addChunk: RouteHandler = (visit) =>
  answerForUpload(visit, async (upload) => {
    const refusal = checkRange(visit, upload);
    if (refusal) return refusal;
    await receiveBody(visit, upload);
    return answerProgress(upload, 202);
  });

/** Appends the last chunk, if there is one, and makes the blob visible under its digest. */
export const closeUpload: RouteHandler = async (visit) => {
  const digest = visit.call.url.searchParams.get("digest");
  if (!isDigest(digest)) return createInvalidDigestAnswer();
  return await answerForUpload(
    visit,
    async (upload) => checkRange(visit, upload) ?? await finishUpload(visit, upload, digest),
  );
};

/** Gives an upload up. */
export const cancelUpload: RouteHandler = (visit) =>
  answerForUpload(visit, async (upload) => {
    await visit.uploads.end(upload);
    return { status: 204 };
  });

async function answerForUpload(
  { uploads, call, name, argument }: Visit,
  answer: (upload: BlobUpload) => Promise<RegistryAnswer>,
): Promise<RegistryAnswer> {
  return await uploads.occupy({ repository: name, id: argument }, call, answer) ??
    createUnknownUploadAnswer();
}

function createUnknownUploadAnswer(): RegistryAnswer {
  return createProblem(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload; begin a new one");
}

/** Answers a chunk that is not the next one, or is not as long as it says. */
function checkRange({ call }: Visit, upload: BlobUpload): RegistryAnswer | undefined {
  const { "content-range": range, "content-length": length } = call.headers;
  if (range === undefined) return undefined;
  const [, first, last] = /^(?:bytes[ =])?(\d+)-(\d+)(?:\/.*)?$/.exec(range) ?? [];
  if (Number(first) !== upload.writer.size) {
    const message = `the next chunk begins at ${upload.writer.size}`;
    const answer = createProblem(416, "BLOB_UPLOAD_INVALID", message);
    return { ...answer, headers: { ...answer.headers, ...progressOf(upload) } };
  }
  if (length === undefined || Number(last) - Number(first) + 1 === Number(length)) return undefined;
  return createProblem(400, "SIZE_INVALID", "Content-Range and Content-Length do not agree");
}
