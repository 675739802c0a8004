/** The copy itself, once its words are read: everything heavy is imported from here. */
import { openSource, type TransportOptions } from "../../../transports/mod.ts";
import type { PlaceReference } from "../../../transports/reference.ts";
import { useResources } from "../../base/dispose.ts";
import { runAtSide } from "../../base/errors.ts";
import type { OpenLayerPlace } from "../../compose/build.ts";
import { copy, type CopyResult } from "../../copy/copy.ts";
import type { Source } from "../../image/source.ts";
import { createEarlySink } from "./early-sink.ts";
import type { CopyFlags } from "./flags.ts";
import { type CopyContext, createCopyMeans } from "./means.ts";
import { joinResults, nameScopedImages, type ScopedImage } from "./scoped.ts";
import { createSharedBlobs, type SharedBlobs } from "./shared-blobs.ts";

/** Opens a source with what its side gets, and with the place for layers that are made for it. */
export type OpenSource = (
  options: TransportOptions,
  into?: OpenLayerPlace,
) => Promise<Source>;

/** One image of several, each with a place of its own. */
interface CopyPart {
  readonly select?: string | undefined;
  readonly shared?: SharedBlobs | undefined;
}

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
  const { onEvent, signal, change } = context;
  return await useResources(async (hold) => {
    const means = createCopyMeans(flags, context, hold);
    const early = createEarlySink({
      openTo: (traits) => means.openTo(destination, traits),
      isPackingSaid: flags.compress !== undefined,
      tags: flags["dest-tag"] ?? [],
      watcher: { onEvent, signal },
      hold,
    });
    const isMadeThere = change === undefined && canMakeThere(flags);
    const place = typeof source === "function" ? undefined : source;
    const opened = hold(
      await (typeof source === "function"
        ? source(means.fromOptions, isMadeThere ? early.open : undefined)
        : openSource(source, means.fromOptions)),
    );
    const { "verify-signature": keys, "signed-as": signedAs } = flags;
    const from = keys === undefined || place === undefined
      ? opened
      : await requireSignature(opened, place, keys, signedAs);
    const copyTo = (target: PlaceReference, { shared, select }: CopyPart = {}) =>
      useResources(async (hold) => {
        const { filled } = early;
        const own = filled?.sink ?? hold(await means.openTo(target, from.traits ?? {}));
        const to = shared?.direct(own) ?? own;
        const retags = place?.image !== undefined && place.image.host === target.image?.host;
        return await copy(shared?.openUp(from) ?? from, to, {
          ...means.optionsOf(to, { ...from.traits, retags, select }),
          onEvent: (event) => {
            shared?.note(event, target);
            if (!filled?.repeats(event)) onEvent(event);
          },
        });
      });
    return flags.scoped
      ? await copyScoped(await nameScopedImages(from, place, destination), copyTo)
      : await copyTo(destination, change);
  });
}

/** Copies each image to a place of its own; what several have moves once. */
async function copyScoped(
  images: readonly ScopedImage[],
  copyTo: (target: PlaceReference, part: CopyPart) => Promise<CopyResult>,
): Promise<CopyResult> {
  const shared = createSharedBlobs();
  const results: [ScopedImage, CopyResult][] = [];
  for (const image of images) {
    results.push([image, await copyTo(image.place, { select: image.select, shared })]);
  }
  return joinResults(results);
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
