/** Decides when a large blob is worth several connections, and has the rest of it come over them. */
import { pourStream } from "../../../src/bytes/pour.ts";
import type { ByteStream, Shelf } from "../../../src/bytes/stream.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import type { Session } from "../session.ts";
import type { Downloads } from "./downloads.ts";
import { createPaceMeter } from "./pace-meter.ts";
import { type PartsToPour, pourParts } from "./parts.ts";

/** The blob, and the way of its bytes. */
export interface SplitOptions extends Pick<PartsToPour, "get" | "receive" | "signal"> {
  readonly size: number;
  /** Without it the bytes have to come in order. */
  readonly shelf: Shelf | undefined;
  readonly downloads: Downloads;
}

/** A blob that may come over several connections, once it has begun over one. */
export interface Splitter {
  /**
   * Pours a reply's body from a position of the blob on, or the rest of the blob in parts.
   * @returns `false` where parts did not come as they should: one request is to get what lacks.
   */
  pour(body: ByteStream, reply: Reply, at: number): Promise<boolean>;
}

/** The environment variable with which every blob comes over one connection when it is `off`. */
const SWITCH = "NIXOCI_PARTS";

/** The reason for an answer to be broken off: the rest comes in parts. */
const SPLIT = new Error("the rest comes in parts");

/** Creates a splitter for a blob; it tries once. */
export function createSplitter(of: Session, options: SplitOptions): Splitter {
  const { size, shelf, receive, downloads, get, signal } = options;
  const { partSize, slowRate, env } = of.world;
  let isOpen = shelf !== undefined && env[SWITCH] !== "off";
  return {
    async pour(body, reply, start) {
      if (!isOpen || reply.headers["accept-ranges"] !== "bytes") {
        await pourStream(body, receive);
        return true;
      }
      const meter = createPaceMeter();
      let at = start;
      let rate = 0;
      const splitIfSlow = (): void => {
        if (at - start < partSize / 2 || size - at < 4 * partSize || !downloads.isFew) return;
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
        const version = readVersion(reply);
        const parts = { of, get, downloads, at, size, version, rate, receive, signal };
        return await pourParts({ ...parts, shelf: shelf! });
      } finally {
        end();
      }
    },
  };
}

/** Reads what names a version for good: a weak tag does not. */
function readVersion({ headers: { etag } }: Reply): string | undefined {
  return etag !== undefined && /^"[\x21\x23-\x7e]*"$/.test(etag) ? etag : undefined;
}
