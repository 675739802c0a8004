/** Between Node's HTTP and the registry: requests as calls, answers as responses. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { NixociError } from "../base/errors.ts";
import type { ByteStream } from "../bytes/stream.ts";
import type { RegistryAnswer, RegistryCall } from "./call.ts";

// What a client still sends after its answer is read and thrown away up to here, so that it sees the
// answer and may use the connection again.
const WORTH_READING = 1024 * 1024;

/** The request as a call; `undefined` when what it asks for is no path. */
export function callOf(
  request: IncomingMessage,
  response: ServerResponse,
): RegistryCall | undefined {
  const { method = "", url = "", headers } = request;
  const base = "http://registry";
  if (!url.startsWith("/") || !URL.canParse(`${base}${url}`)) return undefined;
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  return {
    method,
    url: new URL(`${base}${url}`),
    headers,
    body: bodyOf(request),
    signal: gone.signal,
    abort() {
      gone.abort();
      request.socket.destroy();
    },
  };
}

async function* bodyOf(request: IncomingMessage): ByteStream {
  try {
    yield* request.iterator({ destroyOnReturn: false });
  } catch (cause) {
    throw brokenOff(cause);
  }
  if (!request.complete) throw brokenOff();
}

function brokenOff(cause?: unknown): NixociError {
  return new NixociError("NETWORK", "the client broke off while it was sending", { cause });
}

/**
 * Sends an answer. When its body fails half-way the connection is broken off, so that the client does
 * not take a part for the whole.
 */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body }: RegistryAnswer,
): Promise<void> {
  if (response.destroyed) return;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) response.setHeader(name, value);
  }
  response.statusCode = status;
  if (!isWorthReading(request)) response.setHeader("connection", "close");
  if (body instanceof Uint8Array && !("content-length" in headers)) {
    response.setHeader("content-length", body.length);
  }
  if (body === undefined || request.method === "HEAD") response.end();
  else if (body instanceof Uint8Array) response.end(body);
  else await sendStream(response, body);
}

/** Whether all of the request has come, or so little is left that it may. */
function isWorthReading(request: IncomingMessage): boolean {
  if (request.complete) return true;
  const length = Number(request.headers["content-length"] ?? NaN);
  return !request.readableDidRead && length <= WORTH_READING;
}

async function sendStream(response: ServerResponse, body: ByteStream): Promise<void> {
  const closed = once(response, "close");
  try {
    for await (const chunk of body) {
      // Its buffer is ours until the next one is asked for: so long it may be on its way.
      await Promise.race([sendChunk(response, chunk), closed]);
      if (response.destroyed) return;
    }
    response.end();
  } catch (error) {
    response.destroy();
    throw error;
  }
}

function sendChunk(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(chunk, (error) => error ? reject(error) : resolve());
  });
}
