/** What the test registry answers, and the ways in which it can be made to fail at it. */
import type { IncomingMessage, ServerResponse } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Uint8Array | string;
}

/** What goes wrong with one request. Several may be combined. */
export interface Fault {
  /** Answer so, and do nothing else. */
  readonly answer?: Answer;
  /** Break the connection instead of answering. */
  readonly reset?: boolean;
  /** Break it after so many bytes of the answer's body. */
  readonly resetAfter?: number;
  /** Send so many bytes of the answer's body, and then nothing more. */
  readonly stallAfter?: number;
  /** Of an upload's body keep only so many bytes, and answer as if that were all. */
  readonly accept?: number;
  /** Of an upload's body keep so many bytes, and break the connection. */
  readonly cutAfter?: number;
  /** The status in place of the answer's. */
  readonly status?: number;
  /** Headers that replace those of the answer; `""` removes one. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Wait before anything is done, in milliseconds. */
  readonly delay?: number;
  /** Do it, but break the connection where the answer would be. */
  readonly forget?: boolean;
}

/** The errors of the distribution API. */
export function problem(status: number, code: string, message = code.toLowerCase()): Answer {
  return json(status, { errors: [{ code, message }] });
}

export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(value),
  };
}

/** Sends the answer, spoilt as the fault says. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  fault: Fault = {},
): void {
  const body = Buffer.from(answer.body ?? "");
  response.statusCode = fault.status ?? answer.status;
  response.setHeader("content-length", body.length);
  for (const [name, value] of Object.entries({ ...answer.headers, ...fault.headers })) {
    if (value === "") response.removeHeader(name);
    else response.setHeader(name, value);
  }
  if (fault.forget) return breakOff(request);
  const end = fault.resetAfter ?? fault.stallAfter;
  if (request.method === "HEAD") response.end();
  else if (end === undefined) response.end(body);
  else {
    response.flushHeaders();
    response.write(body.subarray(0, end), () => {
      if (fault.resetAfter !== undefined) setTimeout(() => breakOff(request), 5);
    });
  }
}

export function breakOff(request: IncomingMessage): void {
  request.socket.destroy();
}

/** A request's body, or its first bytes, after which nothing more is read. */
export function bodyOf(request: IncomingMessage, limit = Infinity): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const done = (): void => {
      request.pause();
      const whole = Buffer.concat(chunks);
      resolve(limit === Infinity ? whole : whole.subarray(0, limit));
    };
    request.on("data", (chunk: Uint8Array) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= limit) done();
    });
    request.on("end", done).on("error", reject);
  });
}
