/**
 * Decides when a large blob is worth several connections, or another thread, and has the rest of it come
 * so.
 */
import { pourStream } from "../../../src/bytes/pour.ts";
import type { ByteStream, Shelf } from "../../../src/bytes/stream.ts";
import type { Head } from "../../lib/http/head.ts";
import type { World } from "../world.ts";
import { createPaceMeter } from "./pace-meter.ts";
import { type FetchAside, type PartsToPour, pourParts } from "./parts.ts";
import type { FetchThread, FetchThreads } from "./threads.ts";

/** The blob, and the way of its bytes. */
export interface SplitOptions
  extends
    Pick<PartsToPour, "get" | "receive" | "signal" | "size" | "wait" | "downloads">,
    Pick<World, "partSize" | "slowRate" | "busy" | "env"> {
  /** Without it the bytes have to come in order. */
  readonly shelf: Shelf | undefined;
  readonly threads: Pick<FetchThreads, "take">;
  /** Has the thread fetch ranges of the blob to the file at that path. */
  readonly fetchBy: (thread: FetchThread, path: string) => FetchAside;
}

/** A blob that may come over several connections, once it has begun over one. */
export interface Splitter {
  /**
   * Pours an answer's body from a position of the blob on, or the rest of the blob in parts.
   * @returns `false` where parts did not come as they should: one request is to get what lacks.
   */
  pour(body: ByteStream, headers: Head["headers"], at: number): Promise<boolean>;
}

/** The environment variable with which every blob comes over one connection when it is `off`. */
const SWITCH = "NIXOCI_PARTS";

/** The reasons for an answer to be broken off: the rest comes in parts, or by way of a thread. */
const SPLIT = new Error("the rest comes in parts");
const ASIDE = new Error("another thread fetches the rest");

/** The rest of a blob that is worth several connections, in the least parts. */
const LEAST_PARTS = 4;

/** The rest of a blob for which another thread is worth its start, in the least parts. */
const WORTH_A_THREAD = 32;

/** Creates a splitter for a blob; it tries once. */
export function createSplitter(options: SplitOptions): Splitter {
  const { shelf, receive, downloads } = options;
  let isOpen = shelf !== undefined && options.env[SWITCH] !== "off";
  return {
    async pour(body, headers, start) {
      const isLarge = isOpen && options.size - start >= LEAST_PARTS * options.partSize;
      const judge = isLarge && headers["accept-ranges"] === "bytes"
        ? createJudge(options, start)
        : undefined;
      const end = downloads.begin();
      try {
        await pourStream(body, (chunk) => {
          judge?.add(chunk.length);
          const taking = receive(chunk);
          return taking ? taking.then(judge?.look) : judge?.look();
        });
        return true;
      } catch (error) {
        if (judge === undefined || (error !== SPLIT && error !== ASIDE)) throw error;
        isOpen = false;
        end();
        const { at, rate, thread } = judge;
        const fetchAside = thread && options.fetchBy(thread, shelf!.path!);
        const version = readVersion(headers);
        return await pourParts({ ...options, at, rate, version, shelf: shelf!, fetchAside });
      } finally {
        judge?.thread?.end();
        end();
      }
    },
  };
}

/** Watches how a blob comes. */
interface Judge {
  /** The position up to which it has come. */
  readonly at: number;
  /** The bytes a second that its connection has brought, once that is known. */
  readonly rate: number;
  /** The thread that is to go on, once there is one. */
  readonly thread: FetchThread | undefined;
  /** Bytes have come. */
  add(bytes: number): void;
  /** They have been taken in. @throws SPLIT or ASIDE where the rest is to come so. */
  look(): void;
}

/** Creates it for a blob that comes from that position on. */
function createJudge(options: SplitOptions, start: number): Judge {
  const { size, shelf, downloads, partSize, slowRate, busy, threads } = options;
  const meter = createPaceMeter(busy);
  let [at, looked, rate] = [start, start, 0];
  let thread: FetchThread | undefined;
  const splitIfSlow = (): void => {
    const isWorthIt = at - start >= partSize / 2 && size - at >= LEAST_PARTS * partSize;
    if (!isWorthIt || !downloads.isFew) return;
    rate = meter.rate() ?? Infinity;
    if (rate <= slowRate) throw SPLIT;
  };
  const turnIfBusy = (): void => {
    if (shelf?.path === undefined || at - looked < partSize / 2) return;
    looked = at;
    const isWorthIt = size - at >= WORTH_A_THREAD * partSize;
    if (isWorthIt && meter.isBusy()) thread = threads.take();
    if (thread !== undefined) throw ASIDE;
  };
  return {
    get at() {
      return at;
    },
    get rate() {
      return rate;
    },
    get thread() {
      return thread;
    },
    add(bytes) {
      at += bytes;
      meter.add(bytes);
    },
    look() {
      meter.wait();
      splitIfSlow();
      turnIfBusy();
    },
  };
}

/** Reads what names a version for good: a weak tag does not. */
function readVersion({ etag }: Head["headers"]): string | undefined {
  return etag !== undefined && /^"[\x21\x23-\x7e]*"$/.test(etag) ? etag : undefined;
}
