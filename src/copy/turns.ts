/** Says whose turn it is: how many blobs are looked for, packed and moved at a time. */
import { createLimit, type Limit } from "../bytes/flow/limit.ts";
import type { Sink } from "../image/sink.ts";

/** The facts that decide how many blobs move at a time. */
export interface TurnOptions {
  /** The number of blobs that move at a time; by default what the way asks for. */
  readonly jobs?: number;
  /** The time that the farther of the places takes to answer, in milliseconds, as far as known. */
  readonly roundTrip?: () => number;
}

/** The limits of a copy; each lets work begin when it is its turn. */
export interface BlobTurns {
  /** For all that is done for a blob, from the question whether it is there. */
  readonly look: Limit;
  /** For what is compressed on its way. */
  readonly pack: Limit;
  /** For bytes that move. */
  readonly move: Limit;
}

// Six at a time saturate a loopback registry, and are what browsers and most registries' limits suit.
export const JOBS = 6;
// With a long way half of each blob's time is waiting: so many then keep the way full.
const FAR_JOBS = 12;
// So many layers that are compressed on their way keep all cores busy near by; more take memory.
const PACKED_AT_A_TIME = 4;
// In milliseconds: from here on it is a long way, as between cities, or a server that thinks.
const FAR = 10;

/** Creates the limits of blobs on their way into the sink; they change when the way turns out to be long. */
export function createBlobTurns(
  to: Sink,
  { jobs, roundTrip = () => 0 }: TurnOptions,
): BlobTurns {
  const isFar = (): boolean => roundTrip() >= FAR;
  const moving = (): number =>
    Math.max(1, Math.min(jobs ?? (isFar() ? FAR_JOBS : JOBS), to.traits.parallel));
  // Where a place can make ready for blobs, questions about the next ones wait for no bytes: near by about
  // the very next one, for each question at a time takes a connection.
  const ahead = (): number => to.expect ? Math.min(moving() - 1, isFar() ? Infinity : 1) : 0;
  return {
    look: createLimit(() => moving() + ahead()),
    pack: createLimit(() => isFar() ? JOBS : PACKED_AT_A_TIME),
    move: createLimit(moving),
  };
}
