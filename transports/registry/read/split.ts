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

/** The rest of a blob for which another thread is worth its start, in the least parts. */
const WORTH_A_THREAD = 32;

/** Creates a splitter for a blob; it tries once. */
export function createSplitter(options: SplitOptions): Splitter {
  const { size, shelf, receive, downloads, partSize, slowRate, busy, threads } = options;
  let isOpen = shelf !== undefined && options.env[SWITCH] !== "off";
  return {
    async pour(body, headers, start) {
      const isSplittable = isOpen && headers["accept-ranges"] === "bytes";
      const meter = createPaceMeter(busy);
      let at = start;
      let looked = start;
      let thread: FetchThread | undefined;
      let rate = 0;
      const splitIfSlow = (): void => {
        const isWorthIt = at - start >= partSize / 2 && size - at >= 4 * partSize;
        if (!isSplittable || !isWorthIt || !downloads.isFew) return;
        rate = meter.rate() ?? Infinity;
        if (rate <= slowRate) throw SPLIT;
      };
      const turnIfBusy = (): void => {
        if (!isSplittable || shelf?.path === undefined || at - looked < partSize / 2) return;
        looked = at;
        const isWorthIt = size - at >= WORTH_A_THREAD * partSize;
        if (isWorthIt && meter.isBusy()) thread = threads.take();
        if (thread !== undefined) throw ASIDE;
      };
      const end = downloads.begin();
      try {
        await pourStream(body, (chunk) => {
          at += chunk.length;
          meter.add(chunk.length);
          const taking = receive(chunk);
          const go = (): void => {
            meter.wait();
            splitIfSlow();
            turnIfBusy();
          };
          return taking ? taking.then(go) : go();
        });
        return true;
      } catch (error) {
        if (error !== SPLIT && error !== ASIDE) throw error;
        isOpen = false;
        end();
        return await pourParts({
          ...options,
          at,
          rate,
          version: readVersion(headers),
          shelf: shelf!,
          fetchAside: thread && options.fetchBy(thread, shelf!.path!),
        });
      } finally {
        thread?.end();
        end();
      }
    },
  };
}

/** Reads what names a version for good: a weak tag does not. */
function readVersion({ etag }: Head["headers"]): string | undefined {
  return etag !== undefined && /^"[\x21\x23-\x7e]*"$/.test(etag) ? etag : undefined;
}
