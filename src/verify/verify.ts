/** Reads and hashes all that images are made of, and follows every link between their documents. */
import { mapLimited } from "../bytes/flow/map.ts";
import type { Digest } from "../bytes/digest.ts";
import { drainStream } from "../bytes/stream.ts";
import { watchReading } from "../copy/watch.ts";
import type { CopyEvent } from "../copy/events.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { readLayerTar } from "../image/layer/layer.ts";
import { isForeign } from "../image/media-types.ts";
import { formatPlatform } from "../image/platform.ts";
import type { BlobKind, ImageBlob, Root } from "../image/root.ts";
import type { Source } from "../image/source.ts";
import { readRootPlatform } from "../steps/platform.ts";
import { type ImageProblem, problemOf } from "./problem.ts";

export type { ImageProblem };

/** Options of verifying. */
export interface VerifyOptions {
  /** The reference to begin with; by default what the location names, or else all that is listed. */
  readonly reference?: string;
  /** Leave out what refers to the images; by default it is verified, too. */
  readonly withoutReferrers?: boolean;
  /** The number of blobs that are read at a time; 2 by default. */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: CopyEvent) => void;
}

/** All that was looked at, and what is wrong with it. */
export interface Verification {
  readonly manifests: number;
  readonly blobs: number;
  /** Bytes that were read of blobs. */
  readonly bytes: number;
  /** Layers that licences keep elsewhere, and that are not here. */
  readonly elsewhere: number;
  readonly problems: readonly ImageProblem[];
}

/** The state of a walk. */
interface Walk {
  readonly from: Source;
  readonly options: VerifyOptions;
  readonly seen: Set<Digest>;
  readonly blobs: Map<Digest, ImageBlob>;
  readonly problems: ImageProblem[];
}

const JOBS = 2;

/**
 * Verifies images: every manifest, config and layer is read and hashed, sizes are compared, layers are
 * unpacked to compare their diffIDs, and what an index says of platforms is what configs say.
 * @returns all problems that were found; one that hides others shows these when it is gone.
 * @throws NixociError for failures that say nothing of the images: no network, no rights.
 * @example
 * ```ts
 * import { openSource, verifyImages } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const { problems, manifests } = await verifyImages(source);
 * console.log(problems.length, manifests); // 0 3
 * ```
 */
export async function verifyImages(
  from: Source,
  options: VerifyOptions = {},
): Promise<Verification> {
  const walk: Walk = { from, options, seen: new Set(), blobs: new Map(), problems: [] };
  const listed = options.reference === undefined ? await from.list?.() ?? [] : [];
  const selects = listed.length > 0
    ? [...new Map(listed.map(({ id, select }) => [id ?? select, select])).values()]
    : [options.reference];
  for (const select of selects) {
    await walkRoot(walk, () => from.resolve(select), { kind: "manifest" });
  }
  const { bytes, elsewhere } = await readBlobs(walk);
  const { seen, blobs, problems } = walk;
  return { manifests: seen.size, blobs: blobs.size, bytes, elsewhere, problems };
}

interface Thing {
  readonly kind: BlobKind;
  /** Left out where only the failure says it. */
  readonly digest?: Digest;
}

/** Loads a root and all below it; notes what cannot be read. */
async function walkRoot(walk: Walk, load: () => Promise<Root>, thing: Thing): Promise<void> {
  walk.options.signal?.throwIfAborted();
  const root = await runNoting(walk, load, thing);
  if (root === undefined) return;
  const { digest } = root.manifest.descriptor;
  if (walk.seen.has(digest)) return;
  walk.seen.add(digest);
  const manifest: Thing = { kind: "manifest", digest };
  await runNoting(walk, () => drainStream(root.manifest.open()), manifest);
  for (const blob of listBlobs(root)) walk.blobs.set(blob.content.descriptor.digest, blob);
  for (const child of root.kind === "index" ? root.children : []) {
    const { descriptor } = child;
    if (walk.seen.has(descriptor.digest)) continue;
    await walkRoot(walk, async () => {
      const loaded = await child.load();
      await comparePlatforms(walk, descriptor, loaded);
      return loaded;
    }, { kind: "manifest", digest: descriptor.digest });
  }
  if (!walk.options.withoutReferrers) await walkReferrers(walk, digest);
}

async function walkReferrers(walk: Walk, subject: Digest): Promise<void> {
  const list = await runNoting(
    walk,
    async () => await walk.from.listReferrers?.(subject) ?? [],
    { kind: "manifest", digest: subject },
  );
  for (const { descriptor: { digest }, load } of list ?? []) {
    if (!walk.seen.has(digest)) await walkRoot(walk, load, { kind: "manifest", digest });
  }
}

async function runNoting<T>(
  { problems }: Walk,
  work: () => Promise<T>,
  thing: Thing,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    addProblem(problems, problemOf(error, thing));
    return undefined;
  }
}

function addProblem(problems: ImageProblem[], problem: ImageProblem): void {
  const isKnown = problems.some(({ digest, message }) =>
    digest === problem.digest && message === problem.message
  );
  if (!isKnown) problems.push(problem);
}

function listBlobs(root: Root): ImageBlob[] {
  if (root.kind === "index") return [];
  if (root.kind === "artifact") return root.blobs.map((content) => ({ kind: "blob", content }));
  const layers = root.layers.map((content): ImageBlob => ({ kind: "layer", content }));
  return [{ kind: "config", content: root.config }, ...layers];
}

async function comparePlatforms(
  { problems }: Walk,
  { digest, platform }: Descriptor,
  root: Root,
): Promise<void> {
  const actual = await readRootPlatform(root);
  if (actual === undefined || platform === undefined) return;
  if (actual.os === platform.os && actual.architecture === platform.architecture) return;
  const message = `${digest} is in an index for ${formatPlatform(platform)}, but its config says ` +
    formatPlatform(actual);
  addProblem(problems, { kind: "manifest", digest, problem: "malformed", message });
}

/** Reads all blobs; returns how many bytes that were, and how many are not to be here. */
async function readBlobs({ blobs, problems, options }: Walk) {
  const { signal, onEvent, jobs = JOBS } = options;
  const all = [...blobs.values()];
  onEvent?.({
    type: "plan",
    blobs: all.map(({ kind, content: { descriptor } }) => ({ kind, descriptor })),
  });
  let bytes = 0;
  let elsewhere = 0;
  await mapLimited(all, jobs, async (blob) => {
    signal?.throwIfAborted();
    const { descriptor } = blob.content;
    try {
      await readWhole(blob, options);
      bytes += descriptor.size;
    } catch (error) {
      const problem = problemOf(error, { kind: blob.kind, digest: descriptor.digest });
      if (problem.problem === "missing" && isForeign(blob.content.descriptor)) elsewhere++;
      else addProblem(problems, { ...problem, kind: blob.kind });
    }
  });
  return { bytes, elsewhere };
}

/** Reads the bytes, which proves digest and size; of a layer also what they unpack to. */
async function readWhole(blob: ImageBlob, { signal, onEvent }: VerifyOptions): Promise<void> {
  const watcher = { ...signal && { signal }, ...onEvent && { onEvent } };
  const content = watchReading(blob, watcher);
  if (blob.kind !== "layer") return void await drainStream(content.open());
  await drainStream(readLayerTar({ ...blob.content, open: content.open }, signal));
}
