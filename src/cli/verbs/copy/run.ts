/** The copy itself, once its words are read: everything heavy is imported from here. */
import type { Notice } from "../../../base/notices.ts";
import { openSink, openSource, type TransportOptions } from "../../../../transports/mod.ts";
import type { PlaceReference } from "../../../../transports/reference.ts";
import { useResources } from "../../../base/dispose.ts";
import { parseDigest } from "../../../bytes/digest.ts";
import type { KnownBlobs } from "../../../cache/mod.ts";
import { createCache } from "../../../cache/cache.ts";
import { copy, type CopyResult } from "../../../copy/copy.ts";
import type { CopyEvent } from "../../../copy/events.ts";
import { parsePlatform } from "../../../image/platform.ts";
import { createScratch } from "../../../image/scratch.ts";
import type { Source } from "../../../image/source.ts";
import type { Step } from "../../../image/step.ts";
import { compress, type Recompression } from "../../../steps/compress.ts";
import { format } from "../../../steps/format.ts";
import { pin } from "../../../steps/pin.ts";
import { platform } from "../../../steps/platform.ts";
import { sideOptions, type SideValues } from "../../kit/sides.ts";
import type { CopyFlags } from "./flags.ts";
import { isRetag, tellOfPlatform } from "./retag.ts";

/** The surroundings of a copy: how places are reached, who hears of it, and its defaults. */
export interface CopyContext {
  readonly access: SideValues;
  readonly signal: AbortSignal;
  readonly onEvent: (event: CopyEvent) => void;
  /** The way to pack plain layers where there is a choice; by default the destination's. */
  readonly packing?: Recompression["kind"] | undefined;
}

/** Opens a source with what its side gets. */
export type OpenSource = (options: TransportOptions) => Promise<Source>;

/**
 * Copies from one place to another as the flags say.
 * @param source a place, or what opens a source.
 */
export async function copyBetween(
  source: PlaceReference | OpenSource,
  destination: PlaceReference,
  flags: CopyFlags,
  { access, signal, onEvent, packing }: CopyContext,
): Promise<CopyResult> {
  const { known, proved, layers } = createCache();
  const { jobs, digest, compress: asked } = flags;
  const packs = asked === undefined && packing !== undefined && packing !== "none" &&
    compress({ kind: packing, onlyPlain: true, known });
  const tags = flags["dest-tag"] ?? [];
  const notice = (notice: Notice) => onEvent({ type: "notice", ...notice });
  return await useResources(async (hold) => {
    const room = hold(createScratch(flags.tmpdir));
    const optionsOf = (side: "src-" | "dest-"): TransportOptions => {
      const own = { scratch: room, proved, layers, jobs };
      return { ...sideOptions(access, { signal, notice }, side), ...own };
    };
    const options = optionsOf("src-");
    const from = hold(
      await (typeof source === "function" ? source(options) : openSource(source, options)),
    );
    const to = hold(await openSink(destination, optionsOf("dest-")));
    return await copy(from, to, {
      steps: [
        ...stepsOf(flags, known, isRetag(source, destination)),
        ...packs && to.traits.layers !== "tar" ? [packs] : [],
      ],
      signal,
      onEvent,
      scratch: room,
      pack: asked === undefined && packing === undefined &&
        compress({ kind: "gzip", onlyPlain: true, known }),
      // A digest is asked for as such, where there are digests to ask for; `pin` proves it.
      reference: from.traits?.synthetic ? undefined : digest,
      references: tags.length === 0 ? [] : [...to.naming?.own ?? [], ...tags],
      all: flags.all ?? false,
      dryRun: flags["dry-run"] ?? false,
      jobs,
    });
  });
}

/** Makes the steps: the image is pinned as it is in the source, then picked, then changed. */
function stepsOf(flags: CopyFlags, known: KnownBlobs, retags: boolean): Step[] {
  const choose = platform((flags.platform ?? []).map(parsePlatform));
  const recompression = flags.compress && compress({
    kind: flags.compress,
    level: flags["compress-level"],
    known,
  });
  return [
    flags.digest && pin(parseDigest(flags.digest)),
    !flags.all && (retags && flags.platform === undefined ? tellOfPlatform(choose) : choose),
    flags.format && format(flags.format),
    recompression,
  ].filter((step) => typeof step === "function");
}
