/** The copy itself, once its words are read: everything heavy is imported from here. */
import type { Notice } from "../../base/notices.ts";
import { openSink, openSource, type TransportOptions } from "../../../transports/mod.ts";
import type { PlaceReference } from "../../../transports/reference.ts";
import { useResources } from "../../base/dispose.ts";
import { runAtSide } from "../../base/errors.ts";
import { parseDigest } from "../../bytes/digest.ts";
import type { KnownBlobs } from "../../cache/mod.ts";
import { createCache } from "../../cache/cache.ts";
import type { OpenLayerPlace } from "../../compose/build.ts";
import { choosePacking, copy, type CopyOptions, type CopyResult } from "../../copy/copy.ts";
import type { CopyEvent } from "../../copy/events.ts";
import { parsePlatform } from "../../image/platform.ts";
import { createScratch } from "../../image/disk/scratch.ts";
import type { Sink } from "../../image/sink.ts";
import type { Source, SourceTraits } from "../../image/source.ts";
import type { Step } from "../../image/step.ts";
import { compress, type Recompression } from "../../steps/compress.ts";
import { format } from "../../steps/format.ts";
import { pin } from "../../steps/pin.ts";
import { platform } from "../../steps/platform.ts";
import { readSideOptions, type SideValues } from "../kit/sides.ts";
import type { CopyFlags } from "./flags.ts";
import { createFilledSink, type FilledSink } from "./filled-sink.ts";
import { tellOfPlatform } from "./retag.ts";
import { suggestZstd } from "./suggest-zstd.ts";
import { createSharedBlobs, type SharedBlobs } from "./shared-blobs.ts";
import { joinResults, nameScopedImages, type ScopedImage } from "./scoped.ts";

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

/** One image of several, each with a place of its own. */
interface CopyPart {
  readonly select?: string | undefined;
  readonly shared?: SharedBlobs | undefined;
}

/** Opens a source with what its side gets, and with the place for layers that are made for it. */
export type OpenSource = (
  options: TransportOptions,
  into?: OpenLayerPlace,
) => Promise<Source>;

/**
 * Copies from one place to another as the flags say.
 * @param source a place, or what opens a source.
 */
export async function copyBetween(
  source: PlaceReference | OpenSource,
  destination: PlaceReference,
  flags: CopyFlags,
  context: CopyContext,
): Promise<CopyResult> {
  const { access, signal, onEvent, change } = context;
  const { known, proved, layers } = createCache();
  const notice = (notice: Notice) => onEvent({ type: "notice", ...notice });
  const onGzip = suggestZstd(notice);
  return await useResources(async (hold) => {
    const scratch = hold(createScratch(flags.tmpdir));
    const optionsOf = (side: "src-" | "dest-"): TransportOptions => {
      const own = { scratch, proved, layers, jobs: flags.jobs };
      return { ...readSideOptions(access, { signal, notice }, side), ...own };
    };
    const options = optionsOf("src-");
    const openTarget = (target: PlaceReference, { namesAsGiven }: SourceTraits): Promise<Sink> => {
      const keepsLayers = flags.compress === "keep";
      return openSink(target, { ...optionsOf("dest-"), namesAsGiven, keepsLayers });
    };
    let filled: FilledSink | undefined;
    const fill: OpenLayerPlace = async (traits) => {
      const to = hold(await openTarget(destination, traits));
      filled = createFilledSink(to, { onEvent, signal });
      const staysPlain = flags.compress !== undefined ||
        choosePacking(traits, to.traits) === "none";
      if (to.takeUnnamed === undefined || !staysPlain) return undefined;
      await runAtSide("destination", () => {
        for (const tag of flags["dest-tag"] ?? []) to.naming?.nameFor?.(tag); // refused now, or never
        return to.prepare?.([]);
      });
      return filled.place;
    };
    const place = typeof source === "function" ? undefined : source;
    const opened = hold(
      await (typeof source === "function"
        ? source(options, change === undefined && canMakeThere(flags) ? fill : undefined)
        : openSource(source, options)),
    );
    const from = flags["verify-signature"] === undefined || place === undefined
      ? opened
      : await requireSignature(opened, place, flags["verify-signature"], flags["signed-as"]);
    const { synthetic, packing } = from.traits ?? {};
    const onLayer = packing === undefined ? onGzip : undefined;
    // A digest is asked for as such, where there are digests to ask for; `pin` proves it.
    const asked = synthetic ? undefined : flags.digest;
    const copyTo = (target: PlaceReference, part?: CopyPart): Promise<CopyResult> =>
      useResources(async (hold) => {
        const own = filled?.sink ?? hold(await openTarget(target, from.traits ?? {}));
        const to = part?.shared?.direct(own) ?? own;
        const retags = place?.image !== undefined && place.image.host === target.image?.host;
        return await copy(part?.shared?.openUp(from) ?? from, to, {
          ...copyOptionsOf(to, flags, { known, onLayer }),
          steps: stepsOf(flags, { known, retags, change }),
          reference: part?.select ?? asked,
          signal,
          onEvent: (event) => {
            part?.shared?.note(event, target);
            if (!filled?.repeats(event)) onEvent(event);
          },
          scratch,
        });
      });
    if (!flags.scoped) return await copyTo(destination, change);
    const shared = createSharedBlobs();
    const results: [ScopedImage, CopyResult][] = [];
    for (const image of await nameScopedImages(from, place, destination)) {
      results.push([image, await copyTo(image.place, { select: image.select, shared })]);
    }
    return joinResults(results);
  });
}

/** Tells whether layers come to the one destination as they are made. */
function canMakeThere(
  { compress = "none", digest, scoped, "dry-run": dryRun }: CopyFlags,
): boolean {
  return ["none", "keep"].includes(compress) && digest === undefined && !scoped && !dryRun;
}

/** Returns a source that gives only what one of the keys has signed. */
async function requireSignature(
  source: Source,
  place: PlaceReference,
  names: readonly string[],
  signedAs: string | undefined,
): Promise<Source> {
  const [{ createNameCheck, readKeys }, { verifySignatures, wrapSignedSource }] = await Promise.all(
    [
      import("../reference/signature-trust.ts"),
      import("../../sign/mod.ts"),
    ],
  );
  const keys = await readKeys(names);
  const check = createNameCheck(place, signedAs);
  return wrapSignedSource(source, async (subject) => {
    await runAtSide("source", () => verifySignatures(source, subject, { keys }, check));
  });
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
