/** The work of `nixoci explore`. */
import { parsePlace } from "../../../../transports/reference.ts";
import { writeAtomicFile } from "../../../bytes/disk/atomic.ts";
import { compareStorePaths } from "../../../explain/mod.ts";
import {
  type ExploredDifference,
  type ExploredImage,
  exploreImage,
  formatPage,
} from "../../../explore/mod.ts";
import { diff, type Difference } from "../../../flatten/diff.ts";
import type { Image } from "../../../image/root.ts";
import type { FlagValues } from "../../kit/command.ts";
import type { imageFlags } from "../../kit/flags.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withImage } from "../../reference/image.ts";

/** The flags of `explore`. */
export type ExploreFlags = Partial<FlagValues<typeof imageFlags>> & {
  readonly output?: string | undefined;
  readonly closure?: readonly string[] | undefined;
};

/** A page that was written. */
export interface WrittenPage {
  readonly text: string;
  readonly images: readonly string[];
  /** Bytes of the page. */
  readonly size: number;
}

/** The most differences of files on a page. */
const MOST_DIFFERENCES = 2_000;

/** Writes the page of one image or two. */
export async function writePage(
  source: string,
  second: string | undefined,
  { output, ...flags }: ExploreFlags,
  io: Io,
): Promise<WrittenPage> {
  const text = await createExplorer(source, second, flags, io).makePage();
  if (output !== undefined) await writeAtomicFile(output, text, { follow: true });
  const images = [source, ...second === undefined ? [] : [second]];
  return { text, images, size: Buffer.byteLength(text) };
}

/** Makes the page of one image or two, as often as it is wanted. */
export interface Explorer {
  makePage(): Promise<string>;
  /** Reads what the images are now, and no layer of them. */
  readDigests(): Promise<readonly string[]>;
}

/** Creates it; nothing is read yet. */
export function createExplorer(
  source: string,
  second: string | undefined,
  { closure, ...choice }: Omit<ExploreFlags, "output">,
  io: Io,
): Explorer {
  const options = readSideOptions(io.access, io);
  const explored = {
    store: {
      ...closure && { descriptions: closure },
      ...io.access.store !== undefined && { root: io.access.store },
    },
    signal: io.signal,
  };
  const open = <T>(text: string, work: (image: Image) => Promise<T>) =>
    withImage(parsePlace(text, { lasting: true }), choice, options, work);
  return {
    makePage: () =>
      open(source, async (one) => {
        const first = await exploreImage(one, source, explored);
        if (second === undefined) return formatPage([first]);
        return await open(second, async (other) => {
          const next = await exploreImage(other, second, explored);
          const found = await compareImages([one, first], [other, next], io.signal);
          return formatPage([first, next], found);
        });
      }),
    async readDigests() {
      const digests: string[] = [];
      for (const place of second === undefined ? [source] : [source, second]) {
        digests.push(await open(place, async ({ manifest }) => manifest.descriptor.digest));
      }
      return digests;
    },
  };
}

async function compareImages(
  [one, first]: readonly [Image, ExploredImage],
  [other, next]: readonly [Image, ExploredImage],
  signal: AbortSignal,
): Promise<ExploredDifference> {
  const files: Difference[] = [];
  let count = 0;
  for await (const found of diff(one, other, { signal })) {
    if (++count <= MOST_DIFFERENCES) files.push(found);
  }
  const there = new Set(one.layers.map(({ descriptor }) => descriptor.digest));
  const moving = other.layers.filter(({ descriptor }) => !there.has(descriptor.digest));
  return {
    store: compareStorePaths(first.paths, next.paths),
    files,
    count,
    moves: {
      layers: moving.length,
      bytes: moving.reduce((sum, { descriptor }) => sum + descriptor.size, 0),
    },
  };
}
