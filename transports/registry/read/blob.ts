/**
 * Blobs, as streams that survive broken connections: what came is not asked for again, and what
 * comes is joined only where the server says exactly where it belongs.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 */
import { RECEIVER_FAILED, streamPour } from "../../../src/bytes/pour.ts";
import { skipBytes } from "../../../src/bytes/rechunk.ts";
import type { Receiver, Shelf } from "../../../src/bytes/stream.ts";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import { type Content, content } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import { HttpFailure } from "../http/failure.ts";
import { waitAfter } from "../http/retry.ts";
import { isMissing, type Session } from "../session.ts";
import { downloadsOf } from "./downloads.ts";
import { type GetBlob, getForeign } from "./foreign.ts";
import { createSplitter } from "./split.ts";

/** Makes the blob that a descriptor names; fetched when it is opened. */
export function createBlobContent(of: Session, descriptor: Descriptor): Content {
  return content(
    descriptor,
    ({ signal }) =>
      streamPour((receive, shelf) => pourBlob(of, descriptor, { signal, receive, shelf })),
    (bytes) => readTail(of, descriptor, bytes),
  );
}

/** Reads the end of a blob, where the registry gives it alone and without trouble. */
async function readTail(
  of: Session,
  { digest, size }: Descriptor,
  bytes: number,
): Promise<Uint8Array | undefined> {
  const headers = { range: `bytes=${Math.max(0, size - bytes)}-${size - 1}` };
  const ask = { method: "GET", to: `blobs/${digest}`, headers, expect: [200, 206], once: true };
  return await of.ask(ask, async (reply) => {
    if (reply.status === 206) return await reply.bytes(bytes);
    await reply.discard(); // it gives the whole or nothing
    return undefined;
  }).catch(() => undefined);
}

// A server that breaks off sooner makes no progress: it would keep us for as long as it likes.
const PROGRESS = 64 * 1024;

/** The receiver of a blob. */
interface Taker {
  readonly signal: AbortSignal | undefined;
  readonly receive: Receiver;
  /** Takes parts that come beside each other, if there is one. */
  readonly shelf: Shelf | undefined;
}

async function pourBlob(
  of: Session,
  { digest, size, urls = [] }: Descriptor,
  { signal = of.retry.signal, receive, shelf }: Taker,
): Promise<void> {
  const expect = [200, 206, 416];
  const ask = { method: "GET", to: `blobs/${digest}`, expect, once: true };
  const getHere = (headers: Parameters<GetBlob>[0], until = signal) =>
    of.ask({ ...ask, headers, signal: until }, (reply) => reply);
  let get: GetBlob = (headers) => getHere(headers);
  const splitter = createSplitter({
    ...of.world,
    size,
    wait: (error, tries, until) =>
      waitAfter(error, tries, of.world, { ...of.retry, signal: until }),
    shelf: urls.length === 0 ? shelf : undefined,
    downloads: downloadsOf(of),
    threads: of.threads,
    fetchBy: (thread, path) => async (range, onWritten, until) => {
      const described = await of.describeAsk(`blobs/${digest}`, until);
      await thread.fetch({ ...range, path, ask: described }, onWritten, until);
    },
    get: getHere,
    signal,
    receive(chunk) {
      at += chunk.length;
      if (at - before >= PROGRESS) failures = 0;
      return receive(chunk);
    },
  });
  let [at, before, failures] = [0, 0, 0];
  let canRange = true;
  let isElsewhere = false;
  for (;;) {
    try {
      const reply = await get(at > 0 && canRange ? { range: `bytes=${at}-` } : {});
      const start = startOf(reply, at, size);
      if (start === undefined) {
        canRange = false;
        await reply.discard();
        throw misfitError(reply, size);
      }
      before = at;
      if (!await splitter.pour(skipBytes(reply.stream(), at - start), reply.headers, at)) continue;
      if (at >= size) return; // more than that is content()'s to refuse
      throw transientError(`${reply.url.host} broke off at byte ${at} of ${size}`);
    } catch (error) {
      if (error === RECEIVER_FAILED) throw error;
      if (isMissing(error) && urls.length > 0 && at === 0 && !isElsewhere) {
        isElsewhere = true;
        get = getForeign(of, urls, expect);
        continue;
      }
      await waitAfter(error, ++failures, of.world, { ...of.retry, signal }).catch((final) => {
        throw wrapError(final, `Cannot read ${digest} from ${of.endpoint.host}`);
      });
    }
  }
}

/** Finds where a reply's body begins in the blob; `undefined` when it does not join what came. */
function startOf(
  { status, headers }: Pick<Reply, "status" | "headers">,
  at: number,
  size: number,
): number | undefined {
  if (status === 200) return Number(headers["content-length"] ?? size) === size ? 0 : undefined;
  const range = `bytes ${at}-${size - 1}/`;
  const stated = headers["content-range"] ?? "";
  const isExact = stated === `${range}${size}` || stated === `${range}*`;
  return status === 206 && isExact ? at : undefined;
}

/** Returns the error for a reply that does not join what came. */
function misfitError({ url, status, headers }: Reply, size: number): NixociError {
  if (status !== 200) return transientError(`${url.host} gives another range than asked for`);
  const message = `${url.host} has ${
    headers["content-length"]
  } bytes where the manifest says ${size}`;
  return new NixociError("SIZE", message);
}

function transientError(message: string): HttpFailure {
  return new HttpFailure("NETWORK", message, { isTransient: true });
}
