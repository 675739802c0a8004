/** Calls that are over, as values: for logs and metrics. */
import type { ByteStream } from "../bytes/stream.ts";
import type { Around, RegistryAnswer } from "./call.ts";
import { answerToFailure } from "./failure.ts";

/** A call that has been answered, or has failed. */
export interface CallRecord {
  readonly method: string;
  /** The path without its query, which may hold what is nobody's business. */
  readonly path: string;
  /** The client's address. */
  readonly client: string;
  /** The status that was sent; 499 when the client was gone first. */
  readonly status: number;
  /** Bytes that came, and that were sent. */
  readonly received: number;
  readonly sent: number;
  readonly seconds: number;
  /** Code and message of a failure, as the answer has them. */
  readonly problem?: string;
}

const GONE = 499;

/**
 * Reports every call when its last byte is sent, or when it fails.
 * @example
 * ```ts
 * import { createCallWatcher, createMemoryStorage, serveRegistry } from "nixoci";
 * const seen: string[] = [];
 * const around = createCallWatcher(({ path, status }) => void seen.push(`${path} ${status}`));
 * const registry = await serveRegistry(createMemoryStorage(), { around });
 * await fetch(`${registry.url}/v2/`);
 * await registry.stop();
 * console.log(seen[0]); // /v2/ 200
 * ```
 */
export function createCallWatcher(onEnd: (record: CallRecord) => void): Around {
  return async (call, next) => {
    const began = performance.now();
    let received = 0;
    const count = (bytes: number): void => void (received += bytes);
    const end = (status: number, sent: number, problem?: string): void =>
      onEnd({
        method: call.method,
        path: call.url.pathname,
        client: call.client,
        status: call.signal.aborted ? GONE : status,
        received,
        sent,
        seconds: (performance.now() - began) / 1000,
        ...(problem !== undefined && { problem }),
      });
    const answer = await next({ ...call, body: watchSize(call.body, count) }).catch((error) => {
      const failure = answerToFailure(error, call);
      end(failure.status, 0, problemOf(failure));
      throw error;
    });
    const { status, body } = answer;
    if (body === undefined || body instanceof Uint8Array || call.method === "HEAD") {
      const isSent = body instanceof Uint8Array && call.method !== "HEAD";
      end(status, isSent ? body.length : 0, problemOf(answer));
      return answer;
    }
    return {
      ...answer,
      body: watchEnd(body, (sent, isWhole) => end(isWhole ? status : 500, sent)),
    };
  };
}

async function* watchSize(stream: ByteStream, count: (bytes: number) => void): ByteStream {
  for await (const chunk of stream) {
    count(chunk.length);
    yield chunk;
  }
}

async function* watchEnd(
  stream: ByteStream,
  onEnd: (sent: number, isWhole: boolean) => void,
): ByteStream {
  let sent = 0;
  let isWhole = false;
  try {
    for await (const chunk of stream) {
      sent += chunk.length;
      yield chunk;
    }
    isWhole = true;
  } finally {
    onEnd(sent, isWhole);
  }
}

/** Returns code and message of an answer that says what is wrong. */
function problemOf({ status, body }: RegistryAnswer): string | undefined {
  if (status < 400 || !(body instanceof Uint8Array)) return undefined;
  const { errors: [error] = [] } = JSON.parse(Buffer.from(body).toString());
  return error && `${error.code} ${error.message}`;
}
