/** The means of a copy that follow from its flags: what places are opened with, and what is asked for. */
import type { Notice } from "../../base/notices.ts";
import { openSink, type TransportOptions } from "../../../transports/mod.ts";
import type { PlaceReference } from "../../../transports/reference.ts";
import type { Hold } from "../../base/dispose.ts";
import { parseDigest } from "../../bytes/digest.ts";
import type { KnownBlobs } from "../../cache/mod.ts";
import { createCache } from "../../cache/cache.ts";
import type { CopyOptions } from "../../copy/copy.ts";
import type { CopyEvent } from "../../copy/events.ts";
import { createScratch } from "../../image/disk/scratch.ts";
import { parsePlatform } from "../../image/platform.ts";
import type { Sink } from "../../image/sink.ts";
import type { SourceTraits } from "../../image/source.ts";
import type { Step } from "../../image/step.ts";
import { compress, type Recompression } from "../../steps/compress.ts";
import { format } from "../../steps/format.ts";
import { pin } from "../../steps/pin.ts";
import { platform } from "../../steps/platform.ts";
import { readSideOptions, type SideValues } from "../kit/sides.ts";
import type { CopyFlags } from "./flags.ts";
import { tellOfPlatform } from "./retag.ts";
import type { SharedBlobs } from "./shared-blobs.ts";
import { suggestZstd } from "./suggest-zstd.ts";

/** The surroundings of a copy: how places are reached, who hears of it, and its defaults. */
export interface CopyContext {
  readonly access: SideValues;
  readonly signal: AbortSignal;
  readonly onEvent: (event: CopyEvent) => void;
  readonly change?: ImageChange | undefined;
}

/** A change of an image on its way. */
export interface ImageChange {
  /** Come once the format is as asked for, and before compression. */
  readonly steps: readonly Step[];
  /** Tells whether images are picked of an index first, for their platforms; else it is of the whole. */
  readonly picks?: boolean;
  readonly shared?: SharedBlobs;
}

/** The facts of a copy that its flags do not say. */
interface CopyFacts extends Pick<SourceTraits, "synthetic" | "packing"> {
  /** Both places are in one registry. */
  readonly retags: boolean;
  /** The image that is meant, of several. */
  readonly select: string | undefined;
}

/** The means of a copy. */
export interface CopyMeans {
  /** The options that a source is opened with. */
  readonly fromOptions: TransportOptions;
  /** Opens a destination for what comes from a source of such traits. */
  openTo(place: PlaceReference, traits: SourceTraits): Promise<Sink>;
  /** Returns the options of a copy into the sink. */
  optionsOf(to: Sink, facts: CopyFacts): CopyOptions;
}

/** Creates the means that all parts of a copy share. @param hold disposes of its scratch. */
export function createCopyMeans(flags: CopyFlags, context: CopyContext, hold: Hold): CopyMeans {
  const { access, signal, onEvent, change } = context;
  const { known, proved, layers } = createCache();
  const scratch = hold(createScratch(flags.tmpdir));
  const notice = (notice: Notice) => onEvent({ type: "notice", ...notice });
  const onGzip = suggestZstd(notice);
  const own = { scratch, proved, layers, jobs: flags.jobs };
  const sideOptions = (side: "src-" | "dest-"): TransportOptions => ({
    ...readSideOptions(access, { signal, notice }, side),
    ...own,
  });
  return {
    fromOptions: sideOptions("src-"),
    openTo: (place, { namesAsGiven }) => {
      const keepsLayers = flags.compress === "keep";
      return openSink(place, { ...sideOptions("dest-"), namesAsGiven, keepsLayers });
    },
    optionsOf: (to, { synthetic, packing, retags, select }) => ({
      ...copyOptionsOf(to, flags, { known, onLayer: packing === undefined ? onGzip : undefined }),
      steps: stepsOf(flags, { known, retags, change }),
      // A digest is asked for as such, where there are digests to ask for; `pin` proves it.
      reference: select ?? (synthetic ? undefined : flags.digest),
      signal,
      scratch,
    }),
  };
}

/** Returns what the flags say of images and names. */
function copyOptionsOf(
  to: Sink,
  flags: CopyFlags,
  how: Pick<Recompression, "known" | "onLayer">,
): CopyOptions {
  const tags = flags["dest-tag"] ?? [];
  return {
    pack: flags.compress === undefined &&
      ((kind) => compress({ kind, onlyPlain: true, ...how })),
    references: tags.length === 0 ? [] : [...to.naming?.own ?? [], ...tags],
    all: flags.all ?? false,
    referrers: flags.referrers ?? false,
    digestTags: flags["digest-tags"] ?? false,
    dryRun: flags["dry-run"] ?? false,
    jobs: flags.jobs,
  };
}

/** The means of steps, besides flags. */
interface StepMeans {
  readonly known: KnownBlobs;
  /** Both places are in one registry. */
  readonly retags: boolean;
  readonly change: ImageChange | undefined;
}

/** Makes the steps: the image is pinned as it is in the source, then picked, then changed. */
function stepsOf(flags: CopyFlags, { known, retags, change }: StepMeans): Step[] {
  const choose = platform((flags.platform ?? []).map(parsePlatform));
  const { compress: kind, "compress-level": level } = flags;
  const recompression = kind !== undefined && kind !== "keep" && compress({ kind, level, known });
  return [
    flags.digest && pin(parseDigest(flags.digest)),
    (change?.picks ?? (change === undefined && !flags.all)) &&
    (retags && flags.platform === undefined ? tellOfPlatform(choose) : choose),
    flags.format && format(flags.format),
    ...change?.steps ?? [],
    recompression,
  ].filter((step) => typeof step === "function");
}
