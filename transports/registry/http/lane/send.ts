/** The body of a request of the lane on its way out. */
import { pourStream } from "../../../../src/bytes/pour.ts";
import { lendBuffer, returnBuffer } from "../../../../src/bytes/pool.ts";
import { CHUNK_SIZE, type Receiver } from "../../../../src/bytes/stream.ts";
import type { Clock } from "../../../lib/http/clock.ts";
import type { SizedBody } from "../../../lib/http/exchange.ts";
import { PATIENCE_AT_END } from "../../../lib/http/send-body.ts";
import type { Answer } from "./answer.ts";
import type { Connection } from "./connection.ts";

/** A body that is being sent. */
export interface PlainSending {
  /** All of it has been sent: the connection can be used again. */
  readonly isWhole: boolean;
  /** Resolves when nobody reads the source any more. */
  readonly over: Promise<void>;
}

/** The reason for no more to be sent: the server has refused, or is gone; its answer says why. */
const STOPPED = new Error("nobody takes the rest");

/**
 * Sends the body after the head of its request, until its end, a refusal, or a failure of either
 * side. Breaks the connection off for a failure of the source.
 */
export function sendPlainBody(
  connection: Connection,
  body: SizedBody,
  answer: Answer,
  clock: Clock,
): PlainSending {
  let [isRefused, isWhole] = [false, false];
  const refuse = (): void => void (isRefused = true);
  answer.head.promise.then((head) => (head?.status ?? 300) < 300 || refuse(), refuse);
  let left = body.size;
  const send = async (): Promise<void> => {
    const writer = createGatherer(async (bytes) => {
      if (isRefused) throw STOPPED;
      clock.wait();
      await connection.write(bytes).catch(() => {
        throw STOPPED;
      });
      clock.rest();
    });
    clock.rest();
    try {
      await pourStream(body.open(), (chunk) => {
        left -= chunk.length;
        if (left < 0) throw lengthError();
        return writer.add(chunk);
      });
      if (left > 0) throw lengthError();
      await writer.end();
      connection.begin(); // of a body of nothing
      isWhole = true;
      clock.wait(PATIENCE_AT_END);
    } catch (error) {
      await writer.stop();
      if (error !== STOPPED) connection.destroy(error);
    }
  };
  return {
    over: send(),
    get isWhole() {
      return isWhole;
    },
  };
}

/** The code of the error for a body that is not as long as was said. */
export const WRONG_LENGTH = "WRONG_LENGTH";

function lengthError(): Error {
  return Object.assign(new Error("the body is not as long as was said"), { code: WRONG_LENGTH });
}

/** Chunks of this size go out as they are: a copy would cost more than a turn of the event loop. */
const LARGE = 64 * 1024;

/** Gathers small chunks, and has one buffer filled while the other is written. */
function createGatherer(write: (bytes: Uint8Array) => Promise<void>) {
  let filling: Buffer | undefined;
  let filled = 0;
  let writing: Promise<void> | undefined;
  /** Begins to write what has been gathered; resolves when that before it is written. */
  const flush = async (): Promise<void> => {
    const before = writing;
    const full = filling!;
    const bytes = full.subarray(0, filled);
    filling = undefined;
    filled = 0;
    writing = Promise.resolve(before).then(() => write(bytes)).finally(() => returnBuffer(full));
    writing.catch(() => {}); // it shows where it is awaited
    await before;
  };
  const end = async (): Promise<void> => {
    if (filling !== undefined) await flush();
    await writing;
    writing = undefined;
  };
  const add: Receiver = (chunk) => {
    const isIdle = filling === undefined && writing === undefined;
    if (chunk.length >= LARGE) return isIdle ? write(chunk) : end().then(() => write(chunk));
    if (filled + chunk.length > CHUNK_SIZE) return flush().then(() => add(chunk));
    filling ??= lendBuffer(CHUNK_SIZE);
    filling.set(chunk, filled);
    filled += chunk.length;
  };
  return {
    add,
    /** Writes the rest. */
    end,
    /** Waits until nothing is being written. */
    async stop(): Promise<void> {
      await writing?.catch(() => {});
      if (filling !== undefined) returnBuffer(filling);
      filling = undefined;
    },
  };
}
