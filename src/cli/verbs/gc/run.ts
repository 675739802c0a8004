/** The work of `nixoci gc`. */
import { type Garbage, removeGarbage } from "../../../../transports/oci-dir/garbage.ts";
import { makePlace } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import { patternOf } from "../../../flatten/glob.ts";
import { isDigestTag } from "../../../image/referrers.ts";
import { loadImages } from "../../../image/tree.ts";
import type { Source } from "../../../image/source.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { readCreated } from "../../../sync/images/created.ts";
import { type DatedImage, keepNewest } from "../../../sync/images/newest.ts";
import { readLayoutFolder } from "../../reference/place.ts";
import { withSource } from "../../reference/with-source.ts";

/** The flags. */
export interface GcFlags {
  readonly untag?: readonly string[] | undefined;
  readonly "keep-newest"?: number | undefined;
  readonly grace?: number | undefined;
  readonly sparse?: boolean;
  readonly "dry-run"?: boolean;
}

/** A layout with the things that have gone, and how much that was. */
export interface TidiedLayout extends Garbage {
  readonly bytes: number;
}

/** Tidies a layout up. */
export async function removeUnneeded(
  layout: string,
  flags: GcFlags,
  io: Io,
): Promise<TidiedLayout> {
  const path = readLayoutFolder(layout, "all of a layout is tidied up, not one name of it");
  const options = readSideOptions(io.access, io);
  if (options.sharedBlobDir !== undefined) {
    throw new NixociError("USAGE", "blobs that several layouts share cannot be tidied up", {
      hint: "leave --shared-blob-dir out, for a layout with blobs of its own",
    });
  }
  const patterns = (flags.untag ?? []).map(patternOf);
  const isUntagged = (name: string) => patterns.some((pattern) => pattern.test(name));
  const { "keep-newest": count, grace } = flags;
  const old = count === undefined
    ? new Set<string>()
    : await withSource(makePlace("oci-dir", path), {}, options, async (from) =>
      chooseOld(await listDatedImages(from, isUntagged), count, io));
  const garbage = await removeGarbage(path, {
    untag: (name) => old.has(name) || isUntagged(name),
    sparse: flags.sparse ?? false,
    dryRun: flags["dry-run"] ?? false,
    signal: io.signal,
    onNotice: io.notice,
    ...grace !== undefined && { grace },
  });
  return { ...garbage, bytes: garbage.blobs.reduce((sum, { size }) => sum + size, 0) };
}

/** An image that counts, by its first name, with all that it has. */
interface CountedImage extends DatedImage {
  readonly names: string[];
}

/** Chooses the names of all images but so many that were made last. */
function chooseOld(images: readonly CountedImage[], count: number, { notice }: Io): Set<string> {
  const which = `--keep-newest ${count}`;
  const kept = keepNewest(images, count, (why) => {
    const message = `${which}: which images are the newest is not known: ${why}`;
    return new NixociError("REFUSED", message, { hint: "take names away by --untag" });
  });
  if (kept.length > count) {
    notice(`${which} keeps ${kept.length} images: they were made at one time`);
  }
  return new Set(images.filter((one) => !kept.includes(one)).flatMap(({ names }) => names));
}

/**
 * Lists the images that have names. Artifacts are none, and stay; what is called by an image's digest
 * goes with that.
 * @param isGone tells which names go anyway.
 */
async function listDatedImages(
  from: Source,
  isGone: (name: string) => boolean,
): Promise<CountedImage[]> {
  const named = new Map<string, CountedImage | undefined>();
  for (const { name, select, id = select } of await from.list?.() ?? []) {
    if (name === undefined || isDigestTag(name) || isGone(name)) continue;
    if (named.has(id)) {
      named.get(id)?.names.push(name);
      continue;
    }
    const root = await from.resolve(select);
    const isImage = root.kind !== "artifact" && (await loadImages(root)).length > 0;
    const created = isImage ? await readCreated(root) : undefined;
    named.set(id, isImage ? { name, created, names: [name] } : undefined);
  }
  return [...named.values()].filter((one) => one !== undefined);
}
