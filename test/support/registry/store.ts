/** What the test registry holds: repositories with blobs, manifests, tags, and uploads under way. */
import { randomUUID } from "node:crypto";
import { digestOf } from "../../../src/bytes/digest.ts";

export interface StoredManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface Repository {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
}

export interface Upload {
  readonly id: string;
  readonly repository: string;
  bytes: Buffer;
}

export interface Store {
  /** The repository of this name, made when it is not there. */
  repository(name: string): Repository;
  has(name: string): boolean;
  readonly uploads: Map<string, Upload>;
  begin(repository: string): Upload;
}

export function store(): Store {
  const repositories = new Map<string, Repository>();
  const uploads = new Map<string, Upload>();
  return {
    uploads,
    has: (name) => repositories.has(name),
    repository(name) {
      const there = repositories.get(name);
      if (there) return there;
      const made = { blobs: new Map(), manifests: new Map(), tags: new Map() };
      repositories.set(name, made);
      return made;
    },
    begin(repository) {
      const upload = { id: randomUUID(), repository, bytes: Buffer.alloc(0) };
      uploads.set(upload.id, upload);
      return upload;
    },
  };
}

/** The manifest that a tag or digest means. */
export function manifestOf(
  repository: Repository,
  reference: string,
): (StoredManifest & { readonly digest: string }) | undefined {
  const digest = repository.tags.get(reference) ?? reference;
  const found = repository.manifests.get(digest);
  return found && { ...found, digest };
}

/** The digests that a manifest names and the repository lacks. */
export function missingFrom(repository: Repository, bytes: Buffer): string[] {
  const json = JSON.parse(bytes.toString());
  const blobs = [json.config, ...json.layers ?? []].filter((one) => one && !one.urls);
  return [
    ...blobs.filter(({ digest }) => !repository.blobs.has(digest)),
    ...(json.manifests ?? []).filter(({ digest }: { digest: string }) =>
      !repository.manifests.has(digest)
    ),
  ].map(({ digest }) => digest);
}

/** Puts a manifest into the repository as if it had been pushed; its digest. */
export function seedManifest(
  repository: Repository,
  mediaType: string,
  bytes: Uint8Array,
  ...tags: string[]
): string {
  const digest = digestOf(bytes);
  repository.manifests.set(digest, { mediaType, bytes: Buffer.from(bytes) });
  for (const tag of tags) repository.tags.set(tag, digest);
  return digest;
}

/** The same for a blob. */
export function seedBlob(repository: Repository, bytes: Uint8Array): string {
  const digest = digestOf(bytes);
  repository.blobs.set(digest, Buffer.from(bytes));
  return digest;
}
