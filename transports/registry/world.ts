/** What the transport takes from its surroundings, so that tests can give their own. */
import { homedir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

export interface World {
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Where the system's configuration is: `/etc`. */
  readonly etc: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to 1, for jitter. */
  random(): number;
  /** How long a peer may let nothing happen, in milliseconds. */
  readonly patience: number;
  /** Blobs larger than this are sent in chunks of it, so that a broken upload can go on. */
  readonly chunkSize: number;
}

export const WORLD: World = {
  env: process.env,
  home: homedir(),
  etc: "/etc",
  now: Date.now,
  sleep: async (milliseconds, signal) => {
    signal?.throwIfAborted();
    await delay(milliseconds, undefined, signal && { signal });
  },
  random: Math.random,
  patience: 60_000,
  chunkSize: 128 * 1024 * 1024,
};
