/** A request that is sent on a guess, while it is found out whether that holds. */
import type { ClientReply } from "./http/client.ts";
import { DECLINED } from "../lib/http/exchange.ts";

/** A request on its way to where the guess says. */
export interface Trial {
  readonly url: URL;
  /** The answer; `undefined` where the request has to go the ordinary way. */
  readonly answer: Promise<ClientReply | undefined>;
  /** Breaks it off: the guess was wrong. */
  stop(): void;
}

/**
 * Begins it.
 * @param signals break it off, too.
 * @param send sends the request, as a trial and without saying who we are: nobody knows who listens.
 */
export function beginTrial(
  url: URL,
  signals: readonly (AbortSignal | undefined)[],
  send: (signal: AbortSignal) => Promise<ClientReply>,
): Trial {
  const breakOff = new AbortController();
  const given = signals.filter((signal) => signal !== undefined);
  const answer = send(AbortSignal.any([breakOff.signal, ...given])).catch((error) => {
    if (error !== DECLINED) throw error;
    return undefined;
  });
  answer.catch(() => {}); // it is shown where the guess holds
  return { url, answer, stop: () => breakOff.abort() };
}
