/** Unpacks an image into a directory: its files as the layers leave them, nothing outside touched. */
import { during } from "../base/errors.ts";
import type { OnNotice } from "../base/notices.ts";
import { checkSelected, wanting } from "../flatten/flatten.ts";
import type { Selection } from "../flatten/glob.ts";
import { flattened } from "../flatten/read.ts";
import type { Image } from "../image/root.ts";
import { type Adaptations, adapted } from "./adapted.ts";
import { finish } from "./finish.ts";
import { findGnuTar } from "./gnu-tar.ts";
import { type LeftOut, nothingLeftOut } from "./kept.ts";
import { naming } from "./names.ts";
import { noticesOf } from "./notices.ts";
import { pool } from "./pool.ts";
import { populate, type Site } from "./populate.ts";
import { canSetOwners } from "./powers.ts";
import { prepareTarget } from "./target.ts";

/** What to unpack, and how. */
export interface UnpackOptions extends Selection, Adaptations {
  /** This layer alone, 1 the lowest; its whiteouts are files then. */
  readonly layer?: number;
  /** Make devices, and keep set-user-ID and set-group-ID bits and capabilities. */
  readonly special?: boolean;
  /** Fail with `LIMIT` once the files have more bytes than this, holes left out. */
  readonly maxSize?: number;
  /** What a person may want to know: what was left out. */
  readonly onNotice?: OnNotice;
  readonly signal?: AbortSignal;
}

/** What was unpacked. */
export interface Unpacked {
  /** Names that were made, the root left out. */
  readonly entries: number;
  readonly leftOut: Readonly<LeftOut>;
  /** Owners are written down in an attribute, because this process may not set them. */
  readonly rootless: boolean;
}

/** Directories that are ours: one for the tree, one for what is needed on the way. */
export interface Workplace {
  /** With a slash at the end, as the other one. */
  readonly tree: string;
  readonly spare: string;
}

/**
 * Unpacks an image to a directory that appears when all of it is there and proved.
 *
 * As root, owners are set. Without, they are written down in `user.rootlesscontainers`, as umoci
 * does it. Devices, set-ID bits and capabilities are left out unless `special` asks for them: on a
 * disk that others can reach, they give rights that only a container should give.
 * @param path where: a new directory, or an empty one.
 * @throws NixociError `EXISTS` or `UNSAFE` for what is at `path`; `LIMIT` past `maxSize`; `NOT_FOUND`
 * when nothing matches `paths`; what `flattened` throws; `IO`, naming the entry that cannot be made. Then nothing is left.
 * @example
 * ```ts
 * import { mkdtemp, readdir } from "node:fs/promises";
 * import { openSource, platform, unpack } from "nixoci";
 *
 * const source = await openSource("oci-dir:examples/hello");
 * const root = await platform()(await source.resolve(), {} as never);
 * if (root.kind === "image") {
 *   const folder = await mkdtemp("hello-");
 *   await unpack(root, `${folder}/rootfs`);
 *   console.log(await readdir(`${folder}/rootfs`)); // [ "hello" ]
 * }
 * ```
 */
export async function unpack(
  image: Pick<Image, "layers">,
  path: string,
  options: UnpackOptions = {},
): Promise<Unpacked> {
  return await inTarget(path, (place) => unpackInto(image, place, options));
}

/** Does the work at a place that becomes `path` if it ends well. */
export async function inTarget<T>(
  path: string,
  work: (place: Workplace) => Promise<T>,
): Promise<T> {
  try {
    const target = await prepareTarget(path);
    try {
      const done = await work({ tree: target.tree.base, spare: target.spare.base });
      await target.publish();
      return done;
    } finally {
      await target[Symbol.asyncDispose]();
    }
  } catch (error) {
    throw during(error, `Cannot unpack to ${path}`);
  }
}

/** Unpacks an image into an empty directory that nobody else can reach. */
export async function unpackInto(
  image: Pick<Image, "layers">,
  { tree: base, spare }: Workplace,
  options: UnpackOptions,
): Promise<Unpacked> {
  const contents = pool(spare, options.maxSize);
  const { layer, signal } = options;
  const wants = wanting(options);
  const whole = await flattened(image, contents, {
    ...(wants && { wants }),
    ...(layer !== undefined && { layer }),
    ...(signal && { signal }),
  });
  checkSelected(whole, options);
  const tree = adapted(whole, options);
  const owners = canSetOwners(spare);
  const site: Site = {
    names: naming(base, spare),
    pool: contents,
    powers: { owners, special: options.special ?? false },
    tar: await findGnuTar() !== undefined,
    left: nothingLeftOut(),
    signal,
  };
  const remaining = await populate(tree, site);
  await finish(tree, remaining, site);
  const unpacked = { entries: remaining.entries, leftOut: site.left, rootless: !owners };
  for (const message of noticesOf(site)) options.onNotice?.({ code: "LEFT_OUT", message });
  return unpacked;
}
