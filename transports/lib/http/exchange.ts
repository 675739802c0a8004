/**
 * One HTTP exchange: a request goes out, its answer's head comes back, its body waits to be read.
 *
 * On undici's dispatchers, with a handler of our own: no stream and no promise for what comes.
 */
import type { Dispatcher } from "undici";
import { type ByteStream, collectStream } from "../../../src/bytes/stream.ts";
import { Handler } from "./handler.ts";
import type { Head } from "./head.ts";
import { formatRequest } from "./plain-request.ts";
import { sendBody } from "./send-body.ts";

/** A body to be sent; opened anew each time that the request has to be made again. */
export interface RequestBody {
  /** In bytes; without it the body is sent in HTTP's own chunks. */
  readonly size?: number;
  /** It has no secret in it, and may go where the server sends it on to, opened anew. */
  readonly mayMove?: true;
  open(): ByteStream;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** It goes through a lane or not at all: then it fails of {@link DECLINED}. */
  readonly isTrial?: boolean;
}

/** The error of a trial for which there is no lane. */
export const DECLINED = new Error("there is no lane for it");

/** A way for plain requests whose answers are plain. */
export interface Lane {
  /**
   * Sends a request, whose head has been written out; `undefined` when it is to go the ordinary way,
   * for the server may not answer in the plain way.
   * @throws what `explain` returns; the signal's reason.
   */
  send(head: Uint8Array, how: LaneOptions): Promise<Answered | undefined>;
  /** Makes so many connections ready, once the server is known to be there. */
  expect(count: number): void;
}

/** The facts of a request, and of the server, that a lane needs. */
export interface LaneOptions
  extends Pick<HttpRequest, "method" | "signal">, Pick<Reach, "patience" | "explain" | "minRate"> {
  readonly host: string;
  readonly body?: SizedBody | undefined;
}

/** A body whose length is known. */
export type SizedBody = RequestBody & { readonly size: number };

/** The way to a server. */
export interface Reach {
  dispatcher(): Dispatcher | Promise<Dispatcher>;
  /** A faster way, which is tried first. */
  readonly lane?: Lane | undefined;
  readonly target: { readonly origin: string; readonly path: string };
  /** Headers that the way wants. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The time that the server may let nothing happen, in milliseconds; 0 for as long as it likes. */
  readonly patience: number;
  /** The least that has to come of an answer's body, in bytes a second; none without it. */
  readonly minRate?: number | undefined;
  /** Says what went wrong: an error of undici's, of the request's body, `STALLED` or `SLOW`. */
  explain(error: unknown): unknown;
}

/** An answer. */
export interface Reply extends Answered {
  readonly url: URL;
}

/** An answer, whatever was asked. */
export interface Answered extends Head {
  /** The time at which the request went out, where that is known: not before there was a connection. */
  readonly since?: number;
  /** The body; can be opened once. */
  stream(): ByteStream;
  /** The whole body; NixociError `LIMIT` when it is larger than that. */
  bytes(limit: number): Promise<Buffer>;
  /** The body is of no interest. When it resolves the connection can be used again. */
  discard(): Promise<void>;
}

// Bodies up to this are read to keep the connection; larger ones are not worth it.
export const WORTH_READING = 64 * 1024;
/** In milliseconds: they follow the head at once, unless its length is a lie. */
export const GRACE = 250;

/**
 * Sends the request and waits for the reply's head.
 * @throws what `explain` returns, from here and from the reply's body; the signal's reason.
 */
export async function sendHttpRequest(request: HttpRequest, reach: Reach): Promise<Reply> {
  const { method, url, body, signal } = request;
  signal?.throwIfAborted();
  const { lane, target, patience, explain, minRate } = reach;
  const headers = { ...request.headers, ...reach.headers };
  const sized = isSized(body) ? body : undefined;
  const plain = lane && body === sized &&
    formatRequest(method, target.path, { host: url.host, ...headers }, sized?.size);
  const options = { method, host: url.host, body: sized, signal, patience, explain, minRate };
  const answer = plain && await lane.send(plain, options);
  if (answer) return { url, ...answer };
  if (request.isTrial) throw DECLINED;
  const dispatcher = await reach.dispatcher();
  const handler = new Handler(url.host, patience, explain, signal, minRate);
  const sending = body && sendBody(() => body.open(), handler);
  dispatcher.dispatch({
    ...target,
    method: method as Dispatcher.HttpMethod,
    headers: { ...headers, ...lengthOf(body) },
    body: (sending?.stream ?? null) as null, // undici takes what its types do not know: iterables
    reset: false, // also after HEAD: undici looks at what else came before it asks again
    headersTimeout: 0,
    bodyTimeout: 0,
  }, handler);
  try {
    const { status, headers: given } = await handler.head.promise;
    return {
      url,
      status,
      headers: given,
      stream: () => handler.read(),
      bytes: (limit) => collectStream(handler.read(), limit, `the answer of ${url.host}`),
      async discard() {
        const length = method === "HEAD" ? 0 : Number(given["content-length"] ?? Infinity);
        const isWhole = sending?.isDone !== false;
        if (!isWhole || length > WORTH_READING) handler.stop(new Error("it was not read"));
        const late = setTimeout(() => handler.stop(new Error("it did not end in time")), GRACE);
        await handler.over.promise;
        clearTimeout(late);
      },
    };
  } catch (error) {
    await sending?.letGo();
    throw error;
  }
}

function isSized(body: RequestBody | undefined): body is SizedBody {
  return body?.size !== undefined;
}

function lengthOf(body: RequestBody | undefined): Record<string, string> {
  return body?.size === undefined ? {} : { "content-length": `${body.size}` };
}
