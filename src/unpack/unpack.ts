/**
 * Unpacks an image into a directory: its files as the layers leave them; nothing outside is
 * touched.
 */
import { omitMissing } from "../base/omit-missing.ts";
import { useResources } from "../base/dispose.ts";
import { wrapError } from "../base/errors.ts";
import type { OnNotice } from "../base/notices.ts";
import { checkSelection, createPathFilter } from "../flatten/flatten.ts";
import type { Selection } from "../flatten/glob.ts";
import { mergeInto } from "../flatten/merge.ts";
import { LayerTree } from "../flatten/tree/layer-tree.ts";
import type { Image } from "../image/root.ts";
import type { TarEntry } from "../tar/entry.ts";
import { SECOND } from "../tar/pax.ts";
import { type Adaptations, changeTree } from "./adapt.ts";
import { finishTree } from "./finish.ts";
import { findGnuTar } from "./gnu-tar.ts";
import { createLeftOut, type LeftOut } from "./attributes.ts";
import { createNaming, type Naming } from "./naming.ts";
import { noticesOf } from "./notices.ts";
import { createPlaces } from "./places.ts";
import { createPool } from "./pool.ts";
import { makeEntries, type Site } from "./make-entries.ts";
import { canSetOwners } from "./powers.ts";
import { prepareTarget } from "./target.ts";

/** Options for unpacking. */
export interface UnpackOptions extends Selection, Adaptations {
  /** Takes this layer alone, 1 the lowest; its whiteouts are files then. */
  readonly layer?: number;
  /** Makes devices, and keeps set-user-ID and set-group-ID bits and capabilities. */
  readonly special?: boolean;
  /** Fails with `LIMIT` once the files have more bytes than this, holes left out. */
  readonly maxSize?: number;
  /** Called with what a person may want to know: what was left out. */
  readonly onNotice?: OnNotice;
  readonly signal?: AbortSignal;
}

/** The result of unpacking. */
export interface UnpackResult {
  /** The number of names that were made, the root left out. */
  readonly entries: number;
  readonly leftOut: Readonly<LeftOut>;
  /** Owners are written down in an attribute, because this process may not set them. */
  readonly rootless: boolean;
}

/** Directories of ours: one for the tree, one for what is needed on the way. */
export interface Workplace {
  /** With a slash at its end, like the other one. */
  readonly tree: string;
  readonly spare: string;
}

/**
 * Unpacks an image to a directory that appears when all of it is there and proved.
 *
 * As root, owners are set. Without, they are written down in `user.rootlesscontainers`, as umoci
 * does it. Devices, set-ID bits and capabilities are left out unless `special` asks for them: on a
 * disk that others can reach, they give rights that only a container should give.
 * @param path a new directory, or an empty one.
 * @throws NixociError `EXISTS` or `UNSAFE` when `path` cannot be taken; `LIMIT` past `maxSize`;
 * `NOT_FOUND` when nothing matches `paths`; what `mergeLayers` throws; `IO`, naming the entry that
 * cannot be made. Then nothing is left.
 * @example
 * ```ts
 * import { readdir } from "node:fs/promises";
 * import { openSource, resolveImage, unpack } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * await unpack(await resolveImage(source), "files");
 * console.log((await readdir("files")).join()); // hello
 * ```
 */
export async function unpack(
  image: Pick<Image, "layers">,
  path: string,
  options: UnpackOptions = {},
): Promise<UnpackResult> {
  return await fillTarget(path, (place) => unpackInto(image, place, options));
}

/** Runs the work at a place that becomes `path` if it succeeds. */
export async function fillTarget<T>(
  path: string,
  work: (place: Workplace) => Promise<T>,
): Promise<T> {
  try {
    return await useResources(async (hold) => {
      const target = hold(await prepareTarget(path));
      const done = await work({ tree: target.tree.base, spare: target.spare.base });
      await target.publish();
      return done;
    });
  } catch (error) {
    throw wrapError(error, `Cannot unpack to ${path}`);
  }
}

/** Unpacks an image into an empty directory that nobody else can reach. */
export async function unpackInto(
  image: Pick<Image, "layers">,
  { tree: base, spare }: Workplace,
  options: UnpackOptions,
): Promise<UnpackResult> {
  const { layer, maxSize, signal, onNotice } = options;
  const names = createNaming(base, spare);
  const owners = canSetOwners(spare);
  const layers = new LayerTree({ plain: layer !== undefined });
  const places = canPlace(options, names) ? createPlaces(layers, names) : undefined;
  const pool = createPool(spare, omitMissing({ places, maxSize }));
  const how = { wants: createPathFilter(options), layer, signal, onNotice };
  const whole = await mergeInto(layers, image, pool, how, (node, member, of) => {
    const file = layers.fileAt(node);
    if (!isSimple(member.entry, owners)) return pool.put(file, member, of);
    return pool.putAt(node, file, member);
  });
  checkSelection(whole, options);
  pool.settle();
  const tree = changeTree(whole, options);
  const site: Site = {
    names,
    pool,
    places,
    powers: { owners, special: options.special ?? false },
    tar: await findGnuTar() !== undefined,
    left: createLeftOut(),
    signal,
  };
  const remaining = await makeEntries(tree, site);
  await finishTree(tree, remaining, site);
  const unpacked = { entries: remaining.entries, leftOut: site.left, rootless: !owners };
  for (const message of noticesOf(site)) onNotice?.({ code: "LEFT_OUT", message });
  return unpacked;
}

/** Tells whether contents can be at their places before all is known: names and times stay what they are. */
function canPlace({ stripComponents = 0, mtime }: Adaptations, { folds }: Naming): boolean {
  return stripComponents === 0 && mtime === undefined && !folds && process.platform !== "win32";
}

/** Tells whether the runtime can give a file all of its attributes, so that no tar has to make it. */
function isSimple({ mtime, xattrs, uid, gid }: TarEntry, owners: boolean): boolean {
  const isOwned = owners || (uid === 0 && gid === 0);
  return isOwned && mtime >= 0n && mtime % SECOND === 0n && xattrs.size === 0;
}
