/**
 * One HTTP exchange: a request goes out, its answer's head comes back, its body waits to be read.
 *
 * On undici's dispatchers, with a handler of our own: no stream and no promise for what comes.
 */
import type { Dispatcher } from "undici";
import { type ByteStream, collectStream } from "../../../src/bytes/stream.ts";
import { Handler, type Head } from "./handler.ts";
import { sendBody } from "./send-body.ts";

/** A body to be sent; opened anew each time that the request has to be made again. */
export interface RequestBody {
  /** In bytes; without it the body is sent in HTTP's own chunks. */
  readonly size?: number;
  open(): ByteStream;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The way to a server. */
export interface Reach {
  readonly dispatcher: Dispatcher;
  readonly target: { readonly origin: string; readonly path: string };
  /** Headers that the way wants. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The time that the server may let nothing happen, in milliseconds; 0 for as long as it likes. */
  readonly patience: number;
  /** Says what went wrong: an error of undici's, of the request's body, or one with `STALLED`. */
  explain(error: unknown): unknown;
}

/** An answer. */
export interface Reply extends Head {
  readonly url: URL;
  /** The body; can be opened once. */
  stream(): ByteStream;
  /** The whole body; NixociError `LIMIT` when it is larger than that. */
  bytes(limit: number): Promise<Buffer>;
  /** The body is of no interest. When it resolves the connection can be used again. */
  discard(): Promise<void>;
}

// Bodies up to this are read to keep the connection; larger ones are not worth it.
const WORTH_READING = 64 * 1024;

/**
 * Sends the request and waits for the reply's head.
 * @throws what `explain` returns, from here and from the reply's body; the signal's reason.
 */
export async function sendHttpRequest(request: HttpRequest, reach: Reach): Promise<Reply> {
  const { method, url, body, signal } = request;
  signal?.throwIfAborted();
  const handler = new Handler(url.host, reach.patience, reach.explain, signal);
  const sending = body && sendBody(() => body.open(), handler);
  reach.dispatcher.dispatch({
    ...reach.target,
    method: method as Dispatcher.HttpMethod,
    headers: { ...request.headers, ...reach.headers, ...lengthOf(body) },
    body: (sending?.stream ?? null) as null, // undici takes what its types do not know: iterables
    reset: false, // also after HEAD: undici looks at what else came before it asks again
    headersTimeout: 0,
    bodyTimeout: 0,
  }, handler);
  try {
    const { status, headers } = await handler.head.promise;
    return {
      url,
      status,
      headers,
      stream: () => handler.read(),
      bytes: (limit) => collectStream(handler.read(), limit, `the answer of ${url.host}`),
      async discard() {
        const length = method === "HEAD" ? 0 : Number(headers["content-length"] ?? Infinity);
        const isWhole = sending?.isDone !== false;
        if (!isWhole || length > WORTH_READING) handler.stop(new Error("it was not read"));
        await handler.over.promise;
      },
    };
  } catch (error) {
    await sending?.letGo();
    throw error;
  }
}

function lengthOf(body: RequestBody | undefined): Record<string, string> {
  return body?.size === undefined ? {} : { "content-length": `${body.size}` };
}
