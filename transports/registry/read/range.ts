/**
 * A range of a blob: asked for, and poured as far as it is exactly that.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 */
import { pourStream } from "../../../src/bytes/pour.ts";
import type { Receiver } from "../../../src/bytes/stream.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import { HttpFailure } from "../http/failure.ts";

/** Bytes of a blob, from one position up to another. */
export interface BlobRange {
  readonly from: number;
  readonly end: number;
  /** The size of the blob. */
  readonly size: number;
  /** The version of which it has to be, where the server says it. */
  readonly version: string | undefined;
}

/**
 * Asks for the range and pours it.
 * @throws HttpFailure for any other range or version, transient where the connection ends too soon; what
 * `ask` and `receive` throw.
 */
export async function pourRange(
  { from, end, size, version }: BlobRange,
  ask: (headers: Readonly<Record<string, string>>) => Promise<Reply>,
  receive: Receiver,
): Promise<void> {
  const last = end - 1;
  const range = { range: `bytes=${from}-${last}`, ...version && { "if-range": version } };
  const reply = await ask(range);
  const { host } = reply.url;
  if (!isRange(reply, `bytes ${from}-${last}/${size}`, version)) {
    await reply.discard();
    throw new HttpFailure("REFUSED", `${host} gives no such part`);
  }
  let at = from;
  await pourStream(reply.stream(), (chunk) => {
    if (chunk.length > end - at) throw new Error("more came than was asked for");
    at += chunk.length;
    return receive(chunk);
  });
  if (at === end) return;
  const message = `${host} broke off at byte ${at} of ${size}`;
  throw new HttpFailure("NETWORK", message, { isTransient: true });
}

/** Tells whether an answer is that range of that version, and nothing else. */
function isRange({ status, headers }: Reply, range: string, version: string | undefined): boolean {
  const { etag, "content-range": stated } = headers;
  return status === 206 && stated === range && (version === undefined || etag === version);
}
