/**
 * Pushing a blob: in one request, or in chunks where it is large or the registry wants it so. What
 * the registry has got is not sent again.
 */
import type { Content } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { reason } from "../../../src/base/errors.ts";
import { HttpFailure, isAnswer } from "../http/failure.ts";
import { pauseAfter, TRIES } from "../http/retry.ts";
import { isMissing, type Session } from "../session.ts";
import { cutter, type Outgoing, outgoing } from "./outgoing.ts";
import {
  begin,
  cancel,
  closing,
  isUnsupported,
  locationIn,
  receivedIn,
  resync,
  type Upload,
} from "./upload.ts";

/** A way of sending what the upload lacks, and closing it. */
type Way = (to: Session, upload: Upload, blob: Outgoing, of: Descriptor) => Promise<void>;

/**
 * Pushes the blob.
 * @param begun an upload that was begun for it (a mount that was not granted).
 */
export async function pushBlob(to: Session, content: Content, begun?: Upload): Promise<void> {
  const isLarge = content.descriptor.size > to.world.chunkSize;
  const [first, second] = isLarge ? [inChunks, inOneRequest] : [inOneRequest, inChunks];
  try {
    await persist(to, content, first, begun);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    const message = `${reason(error)}; sending the blob in another way`;
    to.retry.onNotice?.({ code: "FALLBACK", message });
    await persist(to, content, second, undefined);
  }
}

/** One way, again and again, from where the last try came to. */
async function persist(
  to: Session,
  content: Content,
  way: Way,
  begun: Upload | undefined,
): Promise<void> {
  const { descriptor } = content;
  const blob = outgoing(content);
  let upload = begun;
  let hasRefreshed = false;
  for (let failures = 0;;) {
    const start = upload?.offset ?? 0;
    try {
      upload ??= await begin(to);
      await way(to, upload, blob, descriptor);
      return;
    } catch (error) {
      if (upload === undefined) throw error; // begin() has tried by itself
      if (blob.failure) return await giveUp(to, upload, blob.failure.error);
      if (isAnswer(error, 401) && !hasRefreshed) hasRefreshed = true; // ask() has learnt from it
      else if (!isOutOfStep(error, start) || ++failures === TRIES) {
        await pauseAfter(error, ++failures, to.world, to.retry)
          .catch((final) => giveUp(to, upload!, final));
      }
      const next = await recover(to, upload, error, descriptor);
      if (next === "done") return;
      if (next && next.offset > start) failures = 0;
      upload = next;
    }
  }
}

async function giveUp(to: Session, upload: Upload, error: unknown): Promise<never> {
  await cancel(to, upload);
  throw error;
}

/** Where to go on after a failure: in the same upload, in none yet, or nowhere any more. */
async function recover(
  to: Session,
  upload: Upload,
  error: unknown,
  descriptor: Descriptor,
): Promise<Upload | "done" | undefined> {
  const isSpoilt = isAnswer(error, 400);
  const same = isSpoilt ? undefined : await resync(to, upload, descriptor.size);
  if (same) return same;
  // The answer to the last request may be all that was lost.
  if (await hasBlob(to, descriptor)) return "done";
  await cancel(to, upload);
  return undefined;
}

/** Whether we and the registry differ about the session: it is gone, or is elsewhere. */
function isOutOfStep(error: unknown, start: number): boolean {
  return isAnswer(error, 404, 416) ||
    // What was there when we went on was not what we thought.
    (start > 0 && error instanceof HttpFailure && error.codes.includes("DIGEST_INVALID"));
}

const inOneRequest: Way = async (to, upload, blob, { digest }) => {
  const { offset } = upload;
  const url = closing(upload, digest);
  await to.ask({
    method: "PUT",
    to: url,
    expect: [201],
    once: true,
    headers: {
      "content-type": "application/octet-stream",
      ...(offset > 0 && offset < blob.size && { "content-range": `${offset}-${blob.size - 1}` }),
    },
    body: { size: blob.size - offset, open: () => blob.from(offset) },
  }, (reply) => reply.discard());
};

const inChunks: Way = async (to, upload, blob, { digest }) => {
  const chunkSize = Math.max(to.world.chunkSize, upload.minChunk);
  const pieces = cutter(blob.from(upload.offset));
  try {
    while (upload.offset < blob.size) {
      const size = Math.min(chunkSize, blob.size - upload.offset);
      await sendChunk(to, upload, { size, open: () => pieces.take(size) });
    }
  } finally {
    await pieces.stop();
  }
  const ask = { method: "PUT", to: closing(upload, digest), expect: [201], once: true };
  await to.ask({ ...ask, headers: { "content-length": "0" } }, (reply) => reply.discard());
};

async function sendChunk(
  to: Session,
  upload: Upload,
  body: { size: number; open: () => AsyncIterable<Uint8Array> },
): Promise<void> {
  const end = upload.offset + body.size;
  const headers = {
    "content-type": "application/octet-stream",
    "content-range": `${upload.offset}-${end - 1}`,
  };
  const ask = { method: "PATCH", to: upload.location, headers, body, expect: [202], once: true };
  await to.ask(ask, async (reply) => {
    await reply.discard();
    upload.location = locationIn(reply);
    const received = receivedIn(reply) ?? end;
    if (received !== end) {
      throw new HttpFailure(
        "NETWORK",
        `${reply.url.host} has ${received} bytes of the upload where ${end} were sent`,
        { isTransient: true },
      );
    }
    upload.offset = end;
  });
}

/** Whether the registry has the blob. */
export async function hasBlob(of: Session, { digest }: Descriptor): Promise<boolean> {
  return await isThere(of, `blobs/${digest}`, {});
}

/** Whether something is there: `HEAD`, or `GET` where that is not supported. */
export async function isThere(
  of: Session,
  to: string,
  headers: Readonly<Record<string, string>>,
): Promise<boolean> {
  const ask = async (method: string): Promise<boolean> =>
    await of.ask({ method, to, headers, expect: [200] }, async (reply) => {
      await reply.discard();
      return true;
    });
  try {
    return await ask("HEAD").catch((error) => {
      if (isAnswer(error, 400, 405, 501)) return ask("GET");
      throw error;
    });
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
