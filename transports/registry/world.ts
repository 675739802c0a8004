/** What the transport takes from its surroundings, so that tests can give their own. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
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
  /** How long a credential helper may take, in milliseconds: it may ask for a fingerprint. */
  readonly helperPatience: number;
  /** How many bytes an upload's chunks have, where a registry takes nothing else. */
  readonly chunkSize: number;
  /** The smallest that chunks become where larger ones are refused, in bytes. */
  readonly smallestChunk: number;
}

/** Where the user's configuration is. XDG ignores values that are empty or relative. */
export function configHome({ env, home }: World): string {
  return absolute(env["XDG_CONFIG_HOME"]) ?? join(home, ".config");
}

/** Where the files of the user's session are, if there is such a place. */
export function runtimeDir({ env }: World): string | undefined {
  return absolute(env["XDG_RUNTIME_DIR"]);
}

function absolute(path: string | undefined): string | undefined {
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
};
