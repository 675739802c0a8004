/** Makes indexes of images, and changes which images are in them. */
import { NixociError } from "../base/errors.ts";
import { mapLimited } from "../bytes/flow/map.ts";
import { contentOf } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { encodeJson } from "../image/json.ts";
import { readIndex } from "../image/documents/load.ts";
import { isIndex, MEDIA_TYPES } from "../image/media-types.ts";
import { formatPlatform, normalizePlatform, type Platform } from "../image/platform.ts";
import type { Child, Index, Root } from "../image/root.ts";
import type { Step } from "../image/step.ts";
import { readRootPlatform, selectChildren } from "./platform.ts";

/** An image, or an index of some, that becomes part of an index. */
export interface IndexMember {
  readonly root: Root;
  /** The platform of its entry, where its config says none or another. */
  readonly platform?: Platform | undefined;
}

/**
 * Creates an index of images. Indexes among them are taken apart: their images come with what is
 * beside these (attestations), as they are. Its format is Docker's where all images are in that.
 * @throws NixociError `USAGE` for two images of one platform, be it the same one twice, and for one that
 * names no platform.
 * @example
 * ```ts
 * import { createIndex, openSource } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const index = await createIndex([{ root: await source.resolve() }]);
 * console.log(index.children.length); // 2
 * ```
 */
export async function createIndex(members: readonly IndexMember[]): Promise<Index> {
  const entries = (await Promise.all(members.map(listEntries))).flat();
  refuseTwins(entries);
  const children = omitTwice(entries);
  const isDocker = children.length > 0 &&
    children.every(({ descriptor }) => descriptor.mediaType === MEDIA_TYPES.docker.manifest);
  const mediaType = MEDIA_TYPES[isDocker ? "docker" : "oci"].index;
  const manifests = children.map(({ descriptor }) => descriptor);
  const manifest = contentOf(mediaType, encodeJson({ schemaVersion: 2, mediaType, manifests }));
  return { kind: "index", manifest, children };
}

/**
 * Creates a step that adds images to an index, behind those that are there, which keep their bytes.
 * @throws from the step, NixociError `USAGE` for a root that is not an index, and as
 * {@link createIndex} does.
 * @example
 * ```ts
 * import { addToIndex, createScratch, openSource } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const root = await source.resolve();
 * const step = addToIndex([{ root }]); // all of it is there already
 * console.log(await step(root, { scratch: createScratch() }) === root); // true
 * ```
 */
export function addToIndex(members: readonly IndexMember[]): Step {
  return async (root) => {
    const index = toIndex(root);
    const there = omitTwice(await openNested(index.children));
    const added = (await Promise.all(members.map(listEntries))).flat();
    const all = omitTwice([...there, ...added]);
    const news = all.slice(there.length);
    if (news.length === 0) return index;
    refuseTwins(all);
    const json = await readIndex(index.manifest);
    const manifests = [...json.manifests, ...news.map(({ descriptor }) => descriptor)];
    const bytes = encodeJson({ ...json, manifests });
    const manifest = contentOf(index.manifest.descriptor.mediaType, bytes);
    return { kind: "index", manifest, children: [...index.children, ...news] };
  };
}

// BuildKit's attestations say with this which image of the index they are about.
const SUBJECT = "vnd.docker.reference.digest";

/**
 * Creates a step that removes images from an index, and the attestations about them.
 * @param which platforms or digests.
 * @throws from the step, NixociError `NOT_FOUND` for one that is not there, `USAGE` for a root that is not
 * an index, and where nothing would be left.
 * @example
 * ```ts
 * import { createScratch, openSource, parsePlatform, removeFromIndex } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const step = removeFromIndex([parsePlatform("linux/arm64")]);
 * const less = await step(await source.resolve(), { scratch: createScratch() });
 * console.log(less.kind === "index" && less.children.length); // 1
 * ```
 */
export function removeFromIndex(which: readonly (Platform | string)[]): Step {
  return async (root) => {
    const index = toIndex(root);
    const gone = new Set(which.flatMap((one) => findEntries(index, one)));
    const digests = new Set([...gone].map(({ descriptor }) => descriptor.digest as string));
    const kept = index.children.filter((child) =>
      !gone.has(child) && !digests.has(child.descriptor.annotations?.[SUBJECT] ?? "")
    );
    if (kept.length > 0) return await selectChildren(index, kept);
    throw new NixociError("USAGE", "nothing would be left in the index", {
      hint: "delete the index itself with nixoci delete",
    });
  };
}

function findEntries(index: Index, wanted: Platform | string): Child[] {
  const found = index.children.filter(({ descriptor: { digest, platform } }) =>
    typeof wanted === "string"
      ? digest === wanted
      : platform !== undefined && nameOf(platform) === nameOf(wanted)
  );
  if (found.length > 0) return found;
  const name = typeof wanted === "string" ? wanted : formatPlatform(wanted);
  const there = index.children.map(({ descriptor: { digest, platform } }) =>
    platform === undefined ? digest : formatPlatform(platform)
  );
  throw new NixociError("NOT_FOUND", `the index has nothing for ${name}`, {
    hint: `there are ${[...new Set(there)].join(", ")}`,
  });
}

function toIndex(root: Root): Index {
  if (root.kind === "index") return root;
  throw new NixociError("USAGE", `${root.manifest.descriptor.digest} is not an index`, {
    hint: "make one of images with nixoci index create",
  });
}

const AT_A_TIME = 4;

/** Lists what a member brings: itself, or all that is in it, at any depth. */
async function listEntries({ root, platform }: IndexMember): Promise<Child[]> {
  if (root.kind === "index") {
    if (platform !== undefined) {
      throw new NixociError("USAGE", "an index has no platform of its own", {
        hint: "say the platform of single images only",
      });
    }
    return await openNested(root.children);
  }
  const { mediaType, digest, size } = root.manifest.descriptor;
  const actual = platform ?? await readRootPlatform(root);
  if (actual === undefined && root.kind === "image") {
    throw new NixociError("USAGE", `the config of ${digest} names no platform`, {
      hint: "say it with --platform",
    });
  }
  const descriptor: Descriptor = {
    mediaType,
    digest,
    size,
    ...actual && { platform: JSON.parse(JSON.stringify(actual)) as Platform },
  };
  return [{ descriptor, load: () => Promise.resolve(root) }];
}

/**
 * Puts what indexes among the entries have in place of them, at any depth. Images stay unread: what is
 * said of them here is all that the new index says.
 */
async function openNested(children: readonly Child[]): Promise<Child[]> {
  const entries = await mapLimited(children, AT_A_TIME, async (child) => {
    if (!isIndex(child.descriptor.mediaType)) return [child];
    return await listEntries({ root: await child.load() });
  });
  return entries.flat();
}

/** Leaves out entries that are there twice: the same content for the same platform. */
function omitTwice(children: readonly Child[]): Child[] {
  const keys = children.map(({ descriptor: { digest, platform } }) =>
    `${digest} ${platform === undefined ? "" : nameOf(platform)}`
  );
  return children.filter((_, i) => keys.indexOf(keys[i]!) === i);
}

function refuseTwins(children: readonly Child[]): void {
  const known = new Map<string, Child>();
  for (const child of children) {
    const { platform } = child.descriptor;
    if (platform === undefined || platform.os === "unknown") continue;
    const name = nameOf(platform);
    const twin = known.get(name);
    if (twin !== undefined) throw twinsError(name, twin, child);
    known.set(name, child);
  }
}

function twinsError(name: string, one: Child, other: Child): NixociError {
  const { digest } = one.descriptor;
  if (digest === other.descriptor.digest) {
    return new NixociError("USAGE", `the index would have ${digest} for ${name} twice`, {
      hint: "name it once, or say another platform with --platform",
    });
  }
  return new NixociError("USAGE", `the index would have two images for ${name}`, {
    hint: "remove one first (nixoci index remove), or say the right platform with --platform",
  });
}

function nameOf(platform: Platform): string {
  return formatPlatform(normalizePlatform(platform));
}
