/** Decides when a large blob is worth several connections, and has the rest of it come over them. */
import { pourStream } from "../../../src/bytes/pour.ts";
import type { ByteStream, Shelf } from "../../../src/bytes/stream.ts";
import type { Head } from "../../lib/http/head.ts";
import type { World } from "../world.ts";
import { createPaceMeter } from "./pace-meter.ts";
import { type PartsToPour, pourParts } from "./parts.ts";

/** The blob, and the way of its bytes. */
export interface SplitOptions
  extends
    Pick<PartsToPour, "get" | "receive" | "signal" | "size" | "wait" | "downloads">,
    Pick<World, "partSize" | "slowRate" | "env"> {
  /** Without it the bytes have to come in order. */
  readonly shelf: Shelf | undefined;
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

/** The reason for an answer to be broken off: the rest comes in parts. */
const SPLIT = new Error("the rest comes in parts");

/** Creates a splitter for a blob; it tries once. */
export function createSplitter(options: SplitOptions): Splitter {
  const { size, shelf, receive, downloads, partSize, slowRate } = options;
  let isOpen = shelf !== undefined && options.env[SWITCH] !== "off";
  return {
    async pour(body, headers, start) {
      const isSplittable = isOpen && headers["accept-ranges"] === "bytes";
      const meter = createPaceMeter();
      let at = start;
      let rate = 0;
      const splitIfSlow = (): void => {
        const isWorthIt = at - start >= partSize / 2 && size - at >= 4 * partSize;
        if (!isSplittable || !isWorthIt || !downloads.isFew) return;
        rate = meter.rate() ?? Infinity;
        if (rate <= slowRate) throw SPLIT;
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
          };
          return taking ? taking.then(go) : go();
        });
        return true;
      } catch (error) {
        if (error !== SPLIT) throw error;
        isOpen = false;
        end();
        return await pourParts({
          ...options,
          at,
          rate,
          version: readVersion(headers),
          shelf: shelf!,
        });
      } finally {
        end();
      }
    },
  };
}

/** Reads what names a version for good: a weak tag does not. */
function readVersion({ etag }: Head["headers"]): string | undefined {
  return etag !== undefined && /^"[\x21\x23-\x7e]*"$/.test(etag) ? etag : undefined;
}
