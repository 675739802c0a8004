/**
 * Pushing a blob: in one request, and in another way where a registry, or a proxy before it, wants
 * it so. What the registry says that it has is not sent again.
 */
import type { Content } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { reasonOf } from "../../../src/base/errors.ts";
import { HttpFailure, isAnswer } from "../http/failure.ts";
import { waitAfter } from "../http/retry.ts";
import type { Session } from "../session.ts";
import { createOutgoing, type Outgoing } from "./outgoing.ts";
import { sendBlob, type Way } from "./send.ts";
import { hasBlob } from "./presence.ts";
import { beginUpload, dropUpload, findUploadState, type Upload } from "./upload.ts";
import type { Ways } from "./ways.ts";

/** A blob on its way, and how far it is. */
interface Push {
  readonly to: Session;
  readonly descriptor: Descriptor;
  readonly blob: Outgoing;
  upload: Upload | undefined;
}

/**
 * Pushes the blob in the way that the registry is known to take, or else in one that it turns out
 * to take.
 * @param begun an upload that was begun for it (a mount that was not granted).
 * @throws HttpFailure of the first way, when none does.
 */
export async function pushBlob(
  to: Session,
  content: Content,
  ways: Ways,
  begun?: Upload,
): Promise<void> {
  const { descriptor } = content;
  const push: Push = { to, descriptor, blob: createOutgoing(content), upload: begun };
  const tried = new Set<Way["kind"]>();
  let first: unknown;
  for (let way: Way | undefined = ways.choose(descriptor.size); way;) {
    tried.add(way.kind);
    try {
      return await pushOneWay(push, way);
    } catch (error) {
      first ??= error;
      const isElsewhere = isAnswer(error, 307, 308); // which no other way changes
      if (push.blob.failure || push.upload === undefined || isElsewhere) throw error;
      way = ways.chooseNext(way, error, descriptor.size, tried);
      if (way) {
        const message = `${reasonOf(error)}; sending the blob in another way`;
        to.retry.onNotice?.({ code: "FALLBACK", message });
      }
      push.upload = undefined;
    }
  }
  throw first;
}

// A server that keeps less of each try would keep us for as long as it likes.
const PROGRESS = 64 * 1024;
// An upload that is gone again and again is not to be had.
const RESTARTS = 2;

/** Pushes in one way, again and again, from where the last try came to. */
async function pushOneWay(push: Push, way: Way): Promise<void> {
  const { to, descriptor, blob } = push;
  let hasRefreshed = false;
  let restarts = 0;
  for (let failures = 0;;) {
    const start = push.upload?.offset ?? 0;
    push.upload ??= await beginUpload(to);
    const { upload } = push;
    try {
      return await sendBlob(to, upload, blob, { descriptor, way });
    } catch (error) {
      if (blob.failure) return await dropAndThrow(to, upload, blob.failure.error);
      if (isAnswer(error, 401) && !hasRefreshed) hasRefreshed = true; // ask() has learnt from it
      else if (!isOutOfStep(error, start, way) || ++restarts > RESTARTS) {
        await waitAfter(error, ++failures, to.world, to.retry)
          .catch((final) => dropAndThrow(to, upload, final));
      }
      const next = await resumeUpload(
        push,
        upload,
        isAnswer(error, 400) || isRestRefused(error, start, way),
      );
      if (next === "done") return;
      if (next && next.offset >= start + PROGRESS) {
        failures = restarts = 0;
        hasRefreshed = false;
      }
      push.upload = next;
    }
  }
}

async function dropAndThrow(to: Session, upload: Upload, error: unknown): Promise<never> {
  await dropUpload(to, upload);
  throw error;
}

/** Decides where to go on after a failure: in the same upload, in none yet, or nowhere any more. */
async function resumeUpload(
  { to, descriptor }: Push,
  upload: Upload,
  isSpoilt: boolean,
): Promise<Upload | "done" | undefined> {
  const same = isSpoilt ? undefined : await findUploadState(to, upload, descriptor.size);
  if (same) return same;
  // The answer to the last request may be all that was lost.
  if (await hasBlob(to, descriptor)) return "done";
  await dropUpload(to, upload);
  return undefined;
}

/** Tells whether we and the registry differ about the session: it is gone, or is elsewhere. */
function isOutOfStep(error: unknown, start: number, way: Way): boolean {
  if (error instanceof HttpFailure && error.isTransient) return false;
  return isAnswer(error, 404, 416) || isRestRefused(error, start, way) ||
    // What was there when we went on was not what we thought.
    (start > 0 && error instanceof HttpFailure && error.codes.includes("DIGEST_INVALID"));
}

/** Tells whether the registry does not take the rest of an upload, though it said how far that is. */
function isRestRefused(error: unknown, start: number, way: Way): boolean {
  return start > 0 && way.kind !== "chunks" && error instanceof HttpFailure &&
    error.status !== undefined && ![401, 403, 404, 429].includes(error.status);
}
