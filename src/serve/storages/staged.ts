/** Contents that were pushed and wait for a place: blobs in temporary files, manifests in memory. */
import type { Digest } from "../../bytes/digest.ts";
import { content } from "../../image/content.ts";
import type { Scratch, ScratchFile } from "../../image/disk/scratch.ts";
import type { BlobWriter, PushableRepository, ServedBytes } from "../storage.ts";
import {
  findManifest,
  findReferrers,
  keepManifest,
  type KeptManifests,
  removeManifest,
} from "./manifests.ts";

// What a blob is, only the manifests that name it say.
const BLOB_TYPE = "application/octet-stream";

/** A blob that waits. */
export interface StagedBlob extends ServedBytes {
  /** Gives the blob to another repository too, which lets go of it by itself. */
  share(): StagedBlob;
  /** Lets go of it; its file goes with the last one who has it or reads it. */
  drop(): Promise<void>;
}

/** A repository whose contents wait to be put somewhere. */
export interface StagedRepository extends PushableRepository, KeptManifests {
  readonly blobs: Map<Digest, StagedBlob>;
  /** Enters a blob of another repository that this one lacks. */
  share(blob: ServedBytes | StagedBlob): void;
  /** Forgets what has found its place. */
  drop(digests: Iterable<Digest>): Promise<void>;
}

/** Makes an empty repository whose blobs wait in scratch files. */
export function createStagedRepository(scratch: Scratch): StagedRepository {
  const blobs = new Map<Digest, StagedBlob>();
  const kept: KeptManifests = { manifests: new Map(), tags: new Map() };
  const keep = async (blob: StagedBlob): Promise<void> => {
    const { digest } = blob.descriptor;
    const before = blobs.get(digest);
    blobs.set(digest, blob);
    await before?.drop();
  };
  return {
    blobs,
    ...kept,
    findManifest: async (reference) => findManifest(kept, reference),
    findBlob: async (digest) => blobs.get(digest),
    listTags: async () => [...kept.tags.keys()],
    listReferrers: async (subject) => findReferrers(kept, subject),
    beginBlob: async () => createScratchWriter(await scratch.file(), keep),
    putManifest: (manifest, tags) => keepManifest(kept, manifest, tags),
    share: (blob) => void blobs.set(blob.descriptor.digest, shareBlob(blob)),
    async drop(digests) {
      for (const digest of digests) {
        const blob = blobs.get(digest);
        blobs.delete(digest);
        removeManifest(kept, digest);
        await blob?.drop();
      }
    },
  };
}

function createScratchWriter(
  file: ScratchFile,
  keep: (blob: StagedBlob) => Promise<void>,
): BlobWriter {
  let isKept = false;
  return {
    get size() {
      return file.size;
    },
    write: (bytes) => file.write(bytes),
    async commit(digest) {
      const descriptor = { mediaType: BLOB_TYPE, digest, size: file.size };
      for await (const _ of content(descriptor, () => file.read()).open());
      isKept = true;
      await keep(createStagedBlob(digest, file));
    },
    async [Symbol.asyncDispose]() {
      if (!isKept) await file[Symbol.asyncDispose]();
    },
  };
}

function createStagedBlob(digest: Digest, file: ScratchFile): StagedBlob {
  let holders = 1;
  const letGo = async (): Promise<void> => {
    if (--holders === 0) await file[Symbol.asyncDispose]();
  };
  const blob: StagedBlob = {
    descriptor: { mediaType: BLOB_TYPE, digest, size: file.size },
    async *read(start, end) {
      holders++;
      try {
        yield* file.read(start, end);
      } finally {
        await letGo();
      }
    },
    share() {
      holders++;
      return blob;
    },
    drop: letGo,
  };
  return blob;
}

/** Shares a blob that waits; one that has found its place elsewhere stays there. */
function shareBlob(blob: ServedBytes | StagedBlob): StagedBlob {
  if ("share" in blob) return blob.share();
  const placed: StagedBlob = { ...blob, share: () => placed, drop: () => Promise.resolve() };
  return placed;
}
