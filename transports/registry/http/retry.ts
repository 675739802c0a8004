/** Trying again: what may pass, a few times, with growing pauses or those that the server asks for. */
import { reasonOf } from "../../../src/base/errors.ts";
import type { OnNotice } from "../../../src/base/notices.ts";
import type { World } from "../world.ts";
import { isTransient } from "./failure.ts";
import type { Pace } from "./pace.ts";

/** The number of times that something is tried again. */
const RETRIES = 4;
/** The same for a registry of which nothing has been heard: it may be starting, or not be there. */
export const START_RETRIES = 3;

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 60_000;

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onNotice?: OnNotice | undefined;
  /** The number of times that something is tried again; by default 4, and 3 at first contact. */
  readonly retries?: number | undefined;
  /** Of the host that is asked, for what concerns all that ask it. */
  readonly pace?: Pace;
}

/** Makes the attempt until it succeeds, fails for good or has been tried often enough. */
export async function runWithRetries<T>(
  world: World,
  options: RetryOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await attempt();
    } catch (error) {
      await waitAfter(error, tries, world, options);
    }
  }
}

/** Waits before the next try; throws the error when there is to be none. */
export async function waitAfter(
  error: unknown,
  tries: number,
  world: World,
  { signal, onNotice, retries, pace }: RetryOptions,
): Promise<void> {
  if (!isTransient(error) || tries > (retries ?? error.retries ?? RETRIES)) throw error;
  signal?.throwIfAborted();
  const jittered = FIRST_PAUSE * 2 ** (tries - 1) * (0.5 + world.random());
  const pause = Math.min(error.retryAfter ?? jittered, LONGEST_PAUSE);
  const message = `${reasonOf(error)}; trying again in ${(pause / 1000).toFixed(1)} s`;
  onNotice?.({ code: "RETRY", message });
  if (pace && error.status === 429) await pace.hold(pause, signal);
  else await world.sleep(pause, signal);
}

/**
 * Parses `Retry-After`, seconds or a date, into milliseconds.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(header)) return Number(header) * 1000;
  const date = /^[a-z]{3}/i.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
