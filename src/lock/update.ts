/** Finds tags that moved since they were locked, and updates the lock. */
import type { Digest } from "../bytes/digest.ts";
import { mapLimited } from "../bytes/flow/map.ts";
import { codeOf, NixociError, reasonOf, wrapError } from "../base/errors.ts";
import type { Root } from "../image/root.ts";
import { platformsOf } from "./add.ts";
import { type Lock, type LockedImage, pinOf, setImage } from "./model.ts";
import { selectEntries } from "./names.ts";
import { pinRoot } from "./pin.ts";
import { type Registry, withRepositorySource } from "./registry.ts";

/** A change from one digest to another. */
export interface Move {
  readonly from: Digest;
  readonly to: Digest;
}

/** A tag that now names something else than the lock has. */
export interface MovedImage extends Move {
  readonly name: string;
  readonly repository: string;
  readonly tag: string;
  /** The reason why `updateLock` cannot follow: the tag names no such image any more. */
  readonly problem?: string;
}

/** A moved tag after an update, with each platform whose image has changed. */
export interface UpdatedImage extends MovedImage {
  readonly platforms: Readonly<Record<string, Move>>;
}

// Registries limit the number of requests at a time.
const AT_A_TIME = 6;

/**
 * Checks every tag: returns those that no longer name what is locked, and the names of the others.
 * @throws NixociError `NOT_FOUND` for a name that is not locked, or a tag that is gone.
 * @example
 * ```ts
 * import { lock, openSource } from "nixoci";
 * const open = (repository: string) => openSource(`registry:${repository}`);
 * const locked = await lock.readLock("nixoci.lock.json");
 * const { moved, same } = await lock.checkLock(locked, [], { open });
 * console.log(moved, same); // [] [ 'docker.io/library/alpine:3.20' ]
 * ```
 */
export async function checkLock(
  lock: Lock,
  names: readonly string[],
  registry: Registry,
): Promise<{ moved: MovedImage[]; same: string[] }> {
  const found = await mapLimited(selectEntries(lock, names), AT_A_TIME, async ([name, image]) => ({
    name,
    moved: await updateMoved(image, registry, async (root) => {
      const problem = await findProblem(root, image);
      return { ...moveOf(name, image, root), ...problem !== undefined && { problem } };
    }),
  }));
  return sortMoved(found);
}

/**
 * Updates a lock: asks every tag again, once, and keeps the platforms.
 * @throws NixociError `NOT_FOUND` for a name that is not locked, or when a tag or a platform of it
 * is gone; nothing is updated then.
 * @example
 * ```ts
 * import { lock, openSource } from "nixoci";
 * const open = (repository: string) => openSource(`registry:${repository}`);
 * const locked = await lock.readLock("nixoci.lock.json");
 * const { moved } = await lock.updateLock(locked, ["alpine"], { open });
 * console.log(moved); // []
 * ```
 */
export async function updateLock(
  lock: Lock,
  names: readonly string[],
  registry: Registry,
): Promise<{ lock: Lock; moved: UpdatedImage[]; same: string[] }> {
  const found = await mapLimited(selectEntries(lock, names), AT_A_TIME, async ([name, image]) => ({
    name,
    moved: await updateMoved(image, registry, async (root) => {
      const now = await pinRoot(root, image, platformsOf(image)).catch((error) => {
        const { code, message, hint = "" } = wrapError(error, `Cannot update ${name}`);
        const again = `remove it from the lock and add it again: ${hint}`;
        throw new NixociError(code, message, { hint: again, cause: error });
      });
      return { ...moveOf(name, image, root), platforms: listPlatformMoves(image, now), now };
    }),
  }));
  const { moved, same } = sortMoved(found);
  return {
    lock: moved.reduce((changed, { now }) => setImage(changed, now), lock),
    moved: moved.map(({ now: _, ...move }) => move),
    same,
  };
}

/**
 * Works on what the tag names now, if that is not what is locked. A digest alone is believed when it
 * is the locked one; for any other the registry's manifest is read and hashed.
 */
async function updateMoved<T>(
  image: LockedImage,
  registry: Registry,
  work: (root: Root) => Promise<T>,
): Promise<T | undefined> {
  const { repository, tag } = image;
  const pin = pinOf(image);
  if (await registry.digestOf?.(repository, tag) === pin) return undefined;
  return await withRepositorySource(registry, repository, async (source) => {
    const root = await source.resolve(tag);
    return isPinned(root, pin) ? undefined : await work(root);
  });
}

/** Says whether the root is what is pinned, or an index that has it (imports lock one manifest). */
function isPinned(root: Root, pin: Digest): boolean {
  return root.manifest.descriptor.digest === pin ||
    root.kind === "index" && root.children.some(({ descriptor }) => descriptor.digest === pin);
}

/** Says why what a tag names now cannot take the place of what is locked. */
async function findProblem(root: Root, image: LockedImage): Promise<string | undefined> {
  try {
    await pinRoot(root, image, platformsOf(image));
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === "NOT_FOUND" || code === "UNSUPPORTED") return reasonOf(error);
    throw error;
  }
}

function moveOf(name: string, image: LockedImage, root: Root): MovedImage {
  const { repository, tag } = image;
  return { name, repository, tag, from: pinOf(image), to: root.manifest.descriptor.digest };
}

function listPlatformMoves(before: LockedImage, after: LockedImage): Record<string, Move> {
  return Object.fromEntries(
    Object.entries(after.platforms).flatMap(([platform, { manifest }]) => {
      const from = before.platforms[platform]?.manifest.digest;
      const to = manifest.digest;
      return from === undefined || from === to ? [] : [[platform, { from, to }]];
    }),
  );
}

function sortMoved<T>(
  found: readonly { name: string; moved: T | undefined }[],
): { moved: T[]; same: string[] } {
  return {
    moved: found.flatMap(({ moved }) => moved === undefined ? [] : [moved]),
    same: found.flatMap(({ name, moved }) => moved === undefined ? [name] : []),
  };
}
