/** What `nixoci copy` does, once its words are parsed: everything heavy is imported from here. */
import type { Notice } from "../../../base/notices.ts";
import { openSink, openSource } from "../../../../transports/mod.ts";
import type { PlaceReference } from "../../../../transports/reference.ts";
import { parseDigest } from "../../../bytes/digest.ts";
import { cache } from "../../../cache/cache.ts";
import { copy, type CopyResult } from "../../../copy/copy.ts";
import type { CopyEvent } from "../../../copy/events.ts";
import { parsePlatform } from "../../../image/platform.ts";
import { scratch } from "../../../image/scratch.ts";
import type { Source, Step, TransportOptions } from "../../../image/root.ts";
import type { KnownBlobs } from "../../../cache/mod.ts";
import { compress, type Recompression } from "../../../steps/compress.ts";
import { format } from "../../../steps/format.ts";
import { pin } from "../../../steps/pin.ts";
import { platform } from "../../../steps/platform.ts";
import { sideOptions } from "../../kit/sides.ts";

/** The flags of `copy` that say what to do; those for the two sides are read by `sideOptions`. */
export interface CopyFlags {
  readonly platform?: readonly string[] | undefined;
  readonly all?: boolean | undefined;
  readonly digest?: string | undefined;
  readonly format?: "oci" | "docker" | undefined;
  readonly compress?: Recompression["kind"] | undefined;
  readonly "compress-level"?: number | undefined;
  readonly "dest-tag"?: readonly string[] | undefined;
  readonly jobs?: number | undefined;
  readonly "dry-run"?: boolean | undefined;
  readonly tmpdir?: string | undefined;
}

/** Who is to know of a copy, and what is usual where no flag says otherwise. */
export interface CopyContext {
  readonly signal: AbortSignal;
  readonly onEvent: (event: CopyEvent) => void;
  /** How plain layers are packed where there is a choice; by default as the destination has them. */
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
  { signal, onEvent, packing }: CopyContext,
): Promise<CopyResult> {
  const { known, proved, layers } = cache();
  const packs = flags.compress === undefined && packing !== undefined && packing !== "none" &&
    compress({ kind: packing, onlyPlain: true, known });
  const tags = flags["dest-tag"] ?? [];
  const room = scratch(flags.tmpdir);
  const side = {
    signal,
    scratch: room,
    proved,
    layers,
    jobs: flags.jobs,
    notice: (notice: Notice) => onEvent({ type: "notice", ...notice }),
  };
  try {
    const options = sideOptions({ ...flags }, side, "src-");
    const from =
      await (typeof source === "function" ? source(options) : openSource(source, options));
    try {
      const to = await openSink(destination, sideOptions({ ...flags }, side, "dest-"));
      try {
        return await copy(from, to, {
          steps: [...stepsOf(flags, known), ...packs && to.traits.layers !== "tar" ? [packs] : []],
          signal,
          onEvent,
          scratch: room,
          pack: flags.compress === undefined && packing === undefined &&
            compress({ kind: "gzip", onlyPlain: true, known }),
          // A digest is asked for as such, where there are digests to ask for; `pin` proves it.
          ...(flags.digest !== undefined && !from.traits?.synthetic && { reference: flags.digest }),
          references: tags.length === 0 ? [] : [...to.naming?.own ?? [], ...tags],
          all: flags.all ?? false,
          dryRun: flags["dry-run"] ?? false,
          ...(flags.jobs !== undefined && { jobs: flags.jobs }),
        });
      } finally {
        await to[Symbol.asyncDispose]();
      }
    } finally {
      await from[Symbol.asyncDispose]();
    }
  } finally {
    await room[Symbol.asyncDispose]();
  }
}

/** What the image passes through: pinned as it is in the source, then picked, then changed. */
function stepsOf(flags: CopyFlags, known: KnownBlobs): Step[] {
  const recompression = flags.compress && compress({
    kind: flags.compress,
    level: flags["compress-level"],
    known,
  });
  return [
    flags.digest && pin(parseDigest(flags.digest)),
    !flags.all && platform((flags.platform ?? []).map(parsePlatform)),
    flags.format && format(flags.format),
    recompression,
  ].filter((step) => typeof step === "function");
}
