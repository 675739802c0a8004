/** Opens what a verb works on, and lets go of it whatever happens. */
import { openSource, type TransportOptions } from "../../../transports/mod.ts";
import type { PlaceReference } from "../../../transports/reference.ts";
import { useResources } from "../../base/dispose.ts";
import { parsePlatform } from "../../image/platform.ts";
import { createScratch, type Scratch } from "../../image/disk/scratch.ts";
import type { Root } from "../../image/root.ts";
import type { Source } from "../../image/source.ts";
import { platform } from "../../steps/platform.ts";

/** The root of a source that is meant, and the folder of temporary files. */
export interface RootChoice {
  /** Takes what an index has for them; for the host when there are none; the index if missing. */
  readonly platforms?: readonly string[] | undefined;
  /** Selects one of several images in the source; the one that its location names by default. */
  readonly select?: (source: Source) => string | undefined;
  readonly tmpdir?: string | undefined;
}

/** Runs the work on the source at a place, with scratch for temporary files. */
export async function withSource<T>(
  place: PlaceReference,
  { tmpdir }: Pick<RootChoice, "tmpdir">,
  options: TransportOptions,
  work: (source: Source, scratch: Scratch) => Promise<T>,
): Promise<T> {
  return await useResources(async (hold) => {
    const scratch = hold(createScratch(tmpdir));
    return await work(hold(await openSource(place, { scratch, ...options })), scratch);
  });
}

/** Runs the work on what the place holds, with scratch for temporary files. */
export async function withRoot<T>(
  place: PlaceReference,
  { platforms, select, tmpdir }: RootChoice,
  options: TransportOptions,
  work: (root: Root, scratch: Scratch) => Promise<T>,
): Promise<T> {
  return await withSource(place, { tmpdir }, options, async (source, scratch) => {
    const root = await source.resolve(select?.(source));
    if (platforms === undefined) return await work(root, scratch);
    const { signal, onNotice } = options;
    const choose = platform(platforms.map(parsePlatform));
    return await work(await choose(root, { scratch, signal, onNotice }), scratch);
  });
}
