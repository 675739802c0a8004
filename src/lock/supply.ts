/** Supplies of the bytes of locked images: a folder, or registries. */
import { join } from "node:path";
import { disposeAll } from "../base/dispose.ts";
import { algorithmOf, type Digest, encodedOf } from "../bytes/digest.ts";
import { openFile } from "../bytes/disk/file.ts";
import { streamFrom } from "../bytes/pour.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { codeOf, NixociError, reasonOf } from "../base/errors.ts";
import { type Content, content, deferContent } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Root } from "../image/root.ts";
import type { Source } from "../image/source.ts";
import type { Registry } from "./registry.ts";

/** The repository and manifest that a blob belongs to: a registry knows blobs by these. */
export interface BlobOwner {
  readonly repository: string;
  /** The manifest that names the blob, or is it. */
  readonly manifest: Digest;
}

/**
 * A function that returns the content of a descriptor.
 * @throws from the content's stream, NixociError `NOT_FOUND` when there is none.
 */
export type BlobSupply = (descriptor: Descriptor, owner: BlobOwner) => Content;

/** Returns a blob's path in a folder of blobs, as a layout's `blobs` has it: `sha256/…`. */
export function blobNameOf(digest: Digest): string {
  return `${algorithmOf(digest)}/${encodedOf(digest)}`;
}

/**
 * Creates a supply from a folder, each blob in a file named by {@link blobNameOf}.
 * @example
 * ```ts
 * import { readContent, lock, openSource } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const { descriptor } = (await source.resolve()).manifest;
 * const owner = { repository: "docker.io/library/hello", manifest: descriptor.digest };
 * const content = lock.createFolderSupply("in/blobs")(descriptor, owner);
 * console.log((await readContent(content, 4096)).length === descriptor.size); // true
 * ```
 */
export function createFolderSupply(folder: string): BlobSupply {
  return (descriptor) =>
    content(descriptor, () => readBlob(join(folder, blobNameOf(descriptor.digest))));
}

function readBlob(path: string): ByteStream {
  const open = () =>
    openFile(path).catch((cause) => {
      const code = codeOf(cause) ?? "IO";
      const message = code === "NOT_FOUND" ? `there is no ${path}` : reasonOf(cause);
      const hint = "nixoci lock blobs --json says where each blob is, and what it is called here";
      throw new NixociError(code, message, { cause, hint });
    });
  return streamFrom(open, (file) => file.read());
}

/**
 * Creates a supply from registries, asked by digest only. Nothing is opened before it is needed.
 * @example
 * ```ts
 * import { readContent, lock, openSource } from "nixoci";
 * const open = (repository: string) => openSource(`registry:${repository}`);
 * const locked = await lock.readLock("nixoci.lock.json");
 * await using supply = lock.createRegistrySupply({ open });
 * const [index] = lock.listLockedBlobs(locked);
 * const content = supply(index!, index!.owner);
 * console.log((await readContent(content, 4096)).length === index?.size); // true
 * ```
 */
export function createRegistrySupply(registry: Registry): BlobSupply & AsyncDisposable {
  const sources = new Map<string, Promise<Source>>();
  const roots = new Map<string, Promise<Root>>();
  const getOrMake = <T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>) => {
    const made = map.get(key) ?? make();
    map.set(key, made);
    return made;
  };
  const rootOf = ({ repository, manifest }: BlobOwner): Promise<Root> =>
    getOrMake(roots, `${repository}@${manifest}`, async () => {
      const source = await getOrMake(sources, repository, () => registry.open(repository));
      return await source.resolve(manifest);
    });
  const find = async ({ digest }: Descriptor, owner: BlobOwner): Promise<Content> => {
    const content = contentsOf(await rootOf(owner)).find((one) => one.descriptor.digest === digest);
    if (content !== undefined) return content;
    throw new NixociError("MALFORMED", `the manifest ${owner.manifest} names no blob ${digest}`, {
      hint: "the lock has been edited, or merged wrongly; run nixoci lock remove, then add",
    });
  };
  const supply: BlobSupply = (descriptor, owner) =>
    deferContent(descriptor, () => find(descriptor, owner));
  return Object.assign(supply, {
    async [Symbol.asyncDispose]() {
      const opened = await Promise.allSettled(sources.values());
      await disposeAll(opened.map((one) => one.status === "fulfilled" ? one.value : undefined));
    },
  });
}

function contentsOf(root: Root): readonly Content[] {
  if (root.kind === "image") return [root.manifest, root.config, ...root.layers];
  return [root.manifest, ...root.kind === "artifact" ? root.blobs : []];
}
