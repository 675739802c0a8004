/**
 * Threads that fetch the rest of large blobs where this one has no time left. Such a thread reads from a
 * connection of its own and writes to the blob's file; this one reads what is there, in order, and hashes
 * it, as all that is received. So nothing of what proves the bytes is on another thread, and whatever is
 * odd to that one ends its work: the blob goes on in the ordinary way.
 */
import { openWorkers, type Workers } from "../../../src/bytes/flow/workers.ts";
import type { ClientFacts } from "../http/client.ts";
import type { World } from "../world.ts";
import type { BlobRange } from "./range.ts";

/** A request as plain data, for a thread to make it with a client of its own. */
export interface DescribedAsk {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly client: ClientFacts;
  readonly world: Pick<World, "env" | "home" | "etc" | "patience">;
}

/** A range that a thread is to fetch, and the file that it writes it to, where it belongs. */
export interface RangeToFetch extends BlobRange {
  readonly ask: DescribedAsk;
  readonly path: string;
}

/** Threads, each of which starts when it is needed, and ends with the last session that uses them. */
export interface FetchThreads extends AsyncDisposable {
  /** Takes one that is free; `undefined` when there is none. */
  take(): FetchThread | undefined;
}

/** A thread that works for one blob. */
export interface FetchThread {
  /**
   * Has the range fetched; a thread that is told to stop has let go of the file before this rejects.
   * @param onWritten is told the position up to which it is in the file.
   * @throws for whatever is not as it should be.
   */
  fetch(
    range: RangeToFetch,
    onWritten: (position: number) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Others may take it. */
  end(): void;
}

/** The environment variable with which no other thread fetches anything when it is `off`. */
const SWITCH = "NIXOCI_THREADS";

interface SharedThreads {
  users: number;
  working: number;
  pool: Workers<RangeToFetch, void, number> | undefined;
}

const shared = new WeakMap<World, SharedThreads>();

/** Returns the threads of all sessions, for one of them; to be disposed of. */
export function shareThreads(world: World): FetchThreads {
  const { threads, env } = world;
  const all = shared.get(world) ?? { users: 0, working: 0, pool: undefined };
  shared.set(world, all);
  all.users++;
  let isOpen = true;
  return {
    take() {
      if (all.working >= threads || env[SWITCH] === "off") return undefined;
      all.working++;
      let isTaken = true;
      return {
        async fetch(...what) {
          all.pool ??= openWorkers(new URL("./fetch-worker.ts", import.meta.url), { threads });
          await all.pool.run(...what);
        },
        end() {
          if (isTaken) all.working--;
          isTaken = false;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      if (!isOpen) return;
      isOpen = false;
      if (--all.users > 0) return;
      const { pool } = all;
      all.pool = undefined;
      await pool?.[Symbol.asyncDispose]();
    },
  };
}
