/** A registry's storage over layouts that clients and other tools read and write at the same time. */
import type { Digest } from "../../bytes/digest.ts";
import type { Content } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import type {
  BlobWriter,
  PushableRepository,
  RegistryStorage,
  ServedRepository,
} from "../storage.ts";
import { serveContent } from "./content.ts";

/** A layout as a repository uses it; `openLayoutRepository` makes one. */
export interface ServableLayout {
  readonly path: string;
  findManifest(reference: string): Promise<Content | undefined>;
  findBlob(digest: Digest): Promise<Content | undefined>;
  listTags(): Promise<readonly string[]>;
  listReferrers(subject: Digest): Promise<readonly Descriptor[]>;
  beginBlob(): Promise<BlobWriter>;
  putManifest(manifest: Content, tags: readonly string[], needed: readonly Digest[]): Promise<void>;
  takeBlob(digest: Digest, from: string): Promise<boolean>;
  removeTag(tag: string): Promise<boolean>;
  removeManifest(digest: Digest): Promise<boolean>;
  removeBlob(digest: Digest): Promise<boolean>;
}

/** The layouts by the names of their repositories. */
export interface LayoutStorageOptions {
  /** Opens the layout of a repository; `undefined` where there is none. */
  readonly open: (repository: string) => Promise<ServableLayout | undefined>;
  /** Opens it to push into, made when something first comes. Without this, all are read-only. */
  readonly make?: (repository: string) => Promise<ServableLayout | undefined>;
  /** Lists the repositories. */
  readonly list?: () => Promise<readonly string[]>;
}

/**
 * Makes a storage whose repositories are layouts. What is pushed is in them as soon as it is answered,
 * and what other tools put there is served at once.
 * @example
 * ```ts
 * import { createLayoutStorage, openLayoutRepository, serveRegistry } from "nixoci";
 * const storage = createLayoutStorage({
 *   open: (repository) => openLayoutRepository(`images/${repository}`),
 *   make: (repository) => openLayoutRepository(`images/${repository}`, { make: true }),
 * });
 * const registry = await serveRegistry(storage);
 * console.log(`docker push ${registry.host}/app`); // docker push 127.0.0.1:…/app
 * await registry.stop();
 * ```
 */
export function createLayoutStorage({ open, make, list }: LayoutStorageOptions): RegistryStorage {
  // One object a layout, so that its changes come one after the other.
  const opened = new Map<string, Promise<ServableLayout | undefined>>();
  const openOnce = async (
    name: string,
    how: LayoutStorageOptions["open"],
  ): Promise<ServableLayout | undefined> => {
    const known = opened.get(name);
    const there = known && await known.catch(() => undefined);
    if (there !== undefined) return there;
    if (opened.get(name) !== known) return await openOnce(name, how); // somebody was faster
    const opening = how(name);
    opened.set(name, opening);
    const forget = (): void => {
      if (opened.get(name) === opening) opened.delete(name);
    };
    opening.then((layout) => layout ?? forget(), forget);
    return await opening;
  };
  return {
    async findRepository(name) {
      const layout = await openOnce(name, open);
      if (layout === undefined) return undefined;
      return make === undefined ? serveLayout(layout) : createPushable(layout, open);
    },
    ...(make && {
      async makeRepository(name: string) {
        const layout = await openOnce(name, make);
        return layout && createPushable(layout, open);
      },
    }),
    ...(list && { listRepositories: list }),
  };
}

function serveLayout(layout: ServableLayout): ServedRepository {
  return {
    async findManifest(reference) {
      const found = await layout.findManifest(reference);
      return found && serveContent(found);
    },
    async findBlob(digest) {
      const found = await layout.findBlob(digest);
      return found && serveContent(found);
    },
    listTags: () => layout.listTags(),
    listReferrers: (subject) => layout.listReferrers(subject),
  };
}

function createPushable(
  layout: ServableLayout,
  open: LayoutStorageOptions["open"],
): PushableRepository {
  return {
    ...serveLayout(layout),
    beginBlob: () => layout.beginBlob(),
    putManifest: (manifest, tags, needed) => layout.putManifest(manifest, tags, needed),
    async mountBlob(digest, from) {
      const other = await open(from);
      return other !== undefined && await layout.takeBlob(digest, other.path);
    },
    deleteTag: (tag) => layout.removeTag(tag),
    deleteManifest: (digest) => layout.removeManifest(digest),
    deleteBlob: (digest) => layout.removeBlob(digest),
  };
}
