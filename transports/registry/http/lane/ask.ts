/** One request on a connection of the lane, and its answer. */
import { collectStream } from "../../../../src/bytes/stream.ts";
import { streamPour } from "../../../../src/bytes/pour.ts";
import { createClock, stalledError } from "../../../lib/http/clock.ts";
import {
  type Answered,
  GRACE,
  type LaneOptions,
  WORTH_READING,
} from "../../../lib/http/exchange.ts";
import { Answer } from "./answer.ts";
import type { Connection } from "./connection.ts";
import type { PlainHead } from "./head.ts";
import { type PlainSending, sendPlainBody } from "./send.ts";

/** A request that has been sent. */
export interface Asked {
  readonly answer: Answer;
  /** The time at which it went out. */
  readonly since: number;
  /** Its body, if it has one. */
  readonly sending: PlainSending | undefined;
  /** It was broken off by us: out of patience, or told to. */
  readonly isGivenUp: boolean;
}

/** Sends the request, whose head has been written out. */
export function ask(
  connection: Connection,
  request: Uint8Array,
  { method, host, body, signal, patience, explain, minRate }: LaneOptions,
): Asked {
  let isGivenUp = false;
  const stop = (reason: unknown): void => {
    isGivenUp = true;
    connection.destroy(reason);
  };
  const abort = (): void => stop(signal?.reason);
  const clock = createClock(patience, (came) => stop(stalledError(host, patience, came)), minRate);
  const answer = new Answer(method, {
    clock,
    more: () => connection.more(),
    explain: (error) => signal?.aborted ? signal.reason : explain(error),
  });
  const end = (): void => {
    clock.stop();
    signal?.removeEventListener("abort", abort);
  };
  answer.over.promise.then(end, end);
  signal?.addEventListener("abort", abort, { once: true });
  connection.ask(request, answer, body !== undefined);
  return {
    answer,
    since: performance.now(),
    sending: body && sendPlainBody(connection, body, answer, clock),
    get isGivenUp() {
      return isGivenUp;
    },
  };
}

/** Makes what is known of an answer whose head has come. */
export function answeredOf(
  host: string,
  { status, headers, length }: PlainHead,
  { answer, since }: Asked,
  connection: Connection,
): Answered {
  const stream = () => streamPour((receive) => answer.pour(receive));
  return {
    status,
    headers,
    since,
    stream,
    bytes: (limit) => collectStream(stream(), limit, `the answer of ${host}`),
    async discard() {
      if (length === 0) return await answer.over.promise;
      if (length > WORTH_READING) return connection.destroy();
      const late = setTimeout(() => connection.destroy(), GRACE);
      await answer.pour(() => {}).catch(() => {});
      clearTimeout(late);
    },
  };
}
