/** Between Node's HTTP and the registry: requests as calls, answers as responses. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { NixociError } from "../base/errors.ts";
import type { ByteStream } from "../bytes/stream.ts";
import type { RegistryAnswer, RegistryCall } from "./call.ts";
import type { ClientPace } from "./pace.ts";

// A body that nobody wants is read and thrown away up to this length, so that the client sees its
// answer and may use the connection again.
const WORTH_READING = 16 * 1024 * 1024;

/** Returns the request as a call; `undefined` when what it asks for is not a path. */
export function callOf(
  request: IncomingMessage,
  response: ServerResponse,
  pace: ClientPace,
): RegistryCall | undefined {
  const { method = "", headers } = request;
  const url = parseTarget(request.url ?? "");
  if (url === undefined) return undefined;
  const gone = new AbortController();
  // What is broken off is seen by those who read and write.
  for (const stream of [request, response]) stream.on("error", () => {});
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  return {
    method,
    url,
    headers,
    client: request.socket.remoteAddress ?? "",
    body: bodyOf(request, gone, pace),
    signal: gone.signal,
    abort() {
      gone.abort();
      request.socket.destroy();
    },
  };
}

/**
 * Parses the target of a request. Only a path that reads the same to everybody is one: what a proxy
 * before us has let through must not mean another repository here.
 */
function parseTarget(target: string): URL | undefined {
  const url = URL.parse(`http://registry${target}`);
  const [path] = target.split("?");
  return url?.host === "registry" && url.pathname === path ? url : undefined;
}

async function* bodyOf(
  request: IncomingMessage,
  gone: AbortController,
  pace: ClientPace,
): ByteStream {
  const brokenOff = (cause?: unknown): NixociError => {
    gone.abort();
    return new NixociError("NETWORK", "the client broke off while it was sending", { cause });
  };
  try {
    let asked = performance.now();
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      pace.note(chunk.length, performance.now() - asked);
      yield chunk;
      asked = performance.now();
    }
  } catch (cause) {
    throw brokenOff(cause);
  }
  if (!request.complete) throw brokenOff();
}

/**
 * Sends an answer.
 * @throws whatever its body throws; then the connection has to be broken off, so that the client does
 * not take a part for the whole.
 */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body }: RegistryAnswer,
  pace: ClientPace,
): Promise<void> {
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) response.setHeader(name, value);
  }
  response.statusCode = status;
  if (isWorthReading(request)) request.resume();
  else response.setHeader("connection", "close");
  if (body instanceof Uint8Array && !("content-length" in headers)) {
    response.setHeader("content-length", body.length);
  }
  if (body === undefined || request.method === "HEAD") response.end();
  else if (body instanceof Uint8Array) response.end(body);
  else await sendStream(response, body, pace);
}

/** Tells whether all of the request has come, or so little is left that it may. */
function isWorthReading({ complete, headers }: IncomingMessage): boolean {
  return complete || Number(headers["content-length"] ?? NaN) <= WORTH_READING;
}

async function sendStream(
  response: ServerResponse,
  body: ByteStream,
  pace: ClientPace,
): Promise<void> {
  const send = createChunkSender(response);
  // Its buffer is ours until the next one is asked for: so long it may be on its way.
  for await (const chunk of body) {
    const end = pace.begin(chunk.length);
    try {
      await send(chunk);
    } finally {
      end();
    }
  }
  response.end();
}

/**
 * Sends chunks one by one; each fails when the client is gone. On Deno a write fails before the
 * response is closed: the call is to hear of that first.
 */
function createChunkSender(response: ServerResponse): (chunk: Uint8Array) => Promise<void> {
  let giveUp: () => void = () => {};
  response.once("close", () => giveUp());
  return (chunk) =>
    new Promise((resolve, reject) => {
      giveUp = () => reject(new NixociError("NETWORK", "the client broke off while it was served"));
      if (response.destroyed) giveUp();
      else response.write(chunk, (error) => error ? response.destroy() : resolve());
    });
}
