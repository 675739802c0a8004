/** Opens what a verb works on, and lets go of it whatever happens. */
import { openSource } from "../../../transports/mod.ts";
import type { PlaceReference } from "../../../transports/reference.ts";
import { parsePlatform } from "../../image/platform.ts";
import { type Scratch, scratch } from "../../image/scratch.ts";
import type { Root, Source, TransportOptions } from "../../image/root.ts";
import { platform } from "../../steps/platform.ts";

/** Runs the work on the opened source. */
async function withSource<T>(
  place: PlaceReference,
  options: TransportOptions,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const source = await openSource(place, options);
  try {
    return await work(source);
  } finally {
    await source[Symbol.asyncDispose]();
  }
}

/** Which root of a source is meant, and where temporary files go. */
export interface RootChoice {
  /** What of an index is for them; the host's when there are none; the whole index if missing. */
  readonly platforms?: readonly string[] | undefined;
  /** Which of several images in the source; what its location names by default. */
  readonly select?: (source: Source) => string | undefined;
  readonly tmpdir?: string | undefined;
}

/** Runs the work on what the place holds, with room for temporary files. */
export async function withRoot<T>(
  place: PlaceReference,
  { platforms, select, tmpdir }: RootChoice,
  options: TransportOptions,
  work: (root: Root, scratch: Scratch) => Promise<T>,
): Promise<T> {
  const room = scratch(tmpdir);
  const { signal, onNotice } = options;
  const context = { scratch: room, ...(signal && { signal }), ...(onNotice && { onNotice }) };
  try {
    return await withSource(place, { scratch: room, ...options }, async (source) => {
      const root = await source.resolve(select?.(source));
      const chosen = platforms === undefined
        ? root
        : await platform(platforms.map(parsePlatform))(root, context);
      return await work(chosen, room);
    });
  } finally {
    await room[Symbol.asyncDispose]();
  }
}
