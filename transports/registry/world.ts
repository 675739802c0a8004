/** The surroundings that the transport takes things from, so that tests can give their own. */
import { availableParallelism, homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface World {
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The folder of the system's configuration: `/etc`. */
  readonly etc: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to 1, for jitter. */
  random(): number;
  /** The time in which a peer may let nothing happen, in milliseconds. */
  readonly patience: number;
  /** The time that a credential helper may take, in milliseconds: it may ask for a fingerprint. */
  readonly helperPatience: number;
  /** The size of an upload's chunks in bytes, where a registry takes nothing else. */
  readonly chunkSize: number;
  /** The smallest that chunks become where larger ones are refused, in bytes. */
  readonly smallestChunk: number;
  /** The least size of the parts that a large blob is fetched in, beside each other, in bytes. */
  readonly partSize: number;
  /** The bytes a second below which one connection is slow enough for that. */
  readonly slowRate: number;
  /** The share of its time from which on this thread's work is what a blob waits for, not the network. */
  readonly busy: number;
  /** The number of threads that may fetch blobs beside this one. */
  readonly threads: number;
}

/** Returns the folder of the user's configuration. XDG ignores empty and relative values. */
export function configHomeOf({ env, home }: World): string {
  return keepAbsolute(env["XDG_CONFIG_HOME"]) ?? join(home, ".config");
}

/** Returns the folder of the user's session, if there is one. */
export function runtimeDirOf({ env }: World): string | undefined {
  return keepAbsolute(env["XDG_RUNTIME_DIR"]);
}

function keepAbsolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
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
  helperPatience: 120_000,
  chunkSize: 128 * 1024 * 1024,
  smallestChunk: 1024 * 1024, // what nginx takes by default
  partSize: 8 * 1024 * 1024,
  slowRate: 50_000_000, // object stores and CDNs give a connection 20 to 100 MB/s
  busy: 0.7,
  threads: Math.min(1, availableParallelism() - 1),
};
