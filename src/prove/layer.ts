/** Compares a layer with the one that is made here. */
import { type CompressOptions, compressStream } from "../bytes/compression.ts";
import { createHasher, type Digest } from "../bytes/digest.ts";
import { drainStream } from "../bytes/stream.ts";
import type { Aspect } from "../flatten/aspects.ts";
import { isPlainTar, readLayerTar } from "../image/layer/layer.ts";
import { layerTypeOf } from "../image/media-types.ts";
import type { Layer } from "../image/root.ts";
import { findFirstDifference } from "./first-difference.ts";
import {
  compareParts,
  type MemberDifference,
  readPart,
  readParts,
  type TarPart,
} from "./members.ts";

/** The things by which layers differ: aspects of files, which files there are, and how they are written. */
export type Smell = Exclude<Aspect, "size"> | "files" | "order" | "format";

/** A layer, and what is made in its place. */
export interface LayerProof {
  /** 1 is the lowest. */
  readonly number: number;
  /** As it is stored; left out where the image has none in this place. */
  readonly digest?: Digest;
  /** The diffIDs of both. */
  readonly diffId?: Digest;
  readonly made?: Digest;
  /**
   * `same`: the stored bytes are made here; `compressed`: the tar is, and compressed in another way;
   * `different`; `missing` and `surplus`: only one of the images has a layer here.
   */
  readonly outcome: "same" | "compressed" | "different" | "missing" | "surplus";
  readonly difference?: LayerDifference;
}

/** The difference of two tars. */
export interface LayerDifference {
  /** Of the first byte that differs, in the image's tar. */
  readonly offset: number;
  /** The member that it is in; none behind the last. */
  readonly path?: string;
  /** The place in the member: its header or its content, and which byte of that. */
  readonly part?: "header" | "content";
  readonly at?: number;
  /** The first file of other content, and the first byte of it that differs. */
  readonly content?: { readonly path: string; readonly at: number };
  /** The number of members that are not in both, or are others. */
  readonly count: number;
  /** The first of them: `added` are those that are made here alone. */
  readonly members: readonly MemberDifference[];
  readonly smells: readonly Smell[];
}

/** The most members that are listed. */
const MAX_LISTED = 20;

/**
 * Compares a layer with the one that is made here, which is made, and verified, whatever is
 * remembered of it. Writes nothing.
 */
export async function proveLayer(
  number: number,
  layer: Layer,
  made: Layer,
  signal?: AbortSignal,
): Promise<LayerProof> {
  const { digest } = layer.descriptor;
  const names = { number, digest, diffId: layer.diffId, made: made.diffId };
  if (layer.diffId !== made.diffId) {
    await drainStream(readLayerTar(made, signal));
    return { ...names, outcome: "different", difference: await compareTars(layer, made, signal) };
  }
  const isSame = await hasSameBytes(layer, made, signal);
  // Until it is unpacked, that it is the same tar is the word of the image's config.
  if (!isSame) await drainStream(readLayerTar(layer, signal));
  return { ...names, outcome: isSame ? "same" : "compressed" };
}

/** Tells whether the bytes that are stored are made here: the tar, or the tar compressed as here. */
async function hasSameBytes(layer: Layer, made: Layer, signal?: AbortSignal): Promise<boolean> {
  const { digest } = layer.descriptor;
  if (made.descriptor.digest === digest || isPlainTar(layer)) {
    await drainStream(made.descriptor.digest === digest ? made.open() : readLayerTar(made, signal));
    return true;
  }
  const compression = layerTypeOf(layer.descriptor.mediaType)?.compression;
  for (const kind of KINDS[compression ?? "none"] ?? []) {
    const hash = createHasher();
    for await (const chunk of compressStream(readLayerTar(made, signal), { kind })) {
      hash.update(chunk);
    }
    if (hash.digest() === digest) return true;
  }
  return false;
}

const KINDS: Readonly<Record<string, readonly CompressOptions["kind"][]>> = {
  gzip: ["gzip"],
  zstd: ["zstd"],
};

async function compareTars(
  layer: Layer,
  made: Layer,
  signal: AbortSignal | undefined,
): Promise<LayerDifference> {
  const before = await readParts(readLayerTar(layer, signal));
  const after = await readParts(readLayerTar(made, signal));
  const { differences, inOrder } = compareParts(before, after);
  const offset = await findFirstDifference(readLayerTar(layer, signal), readLayerTar(made, signal));
  const content = await findInContent(layer, made, { before, after, signal });
  return {
    ...placeOf(before, offset ?? 0),
    ...content && { content },
    count: differences.length,
    members: differences.slice(0, MAX_LISTED),
    smells: listSmells(differences, inOrder),
  };
}

/** Finds the first file of other content, and where that begins to differ. */
async function findInContent(
  layer: Layer,
  made: Layer,
  { before, after, signal }: {
    readonly before: readonly TarPart[];
    readonly after: readonly TarPart[];
    readonly signal: AbortSignal | undefined;
  },
): Promise<LayerDifference["content"]> {
  const left = new Map(before.map((part) => [part.path, part]));
  const other = after.find((part) => {
    const one = left.get(part.path);
    return one !== undefined && one.type === part.type && !one.hash.equals(part.hash);
  });
  if (other === undefined) return undefined;
  const { path } = other;
  const at = await findFirstDifference(
    readPart(readLayerTar(layer, signal), left.get(path)!),
    readPart(readLayerTar(made, signal), other),
  );
  return at === undefined ? undefined : { path, at };
}

/** Says where in a tar an offset lies. */
function placeOf(
  parts: readonly TarPart[],
  offset: number,
): Pick<LayerDifference, "offset" | "path" | "part" | "at"> {
  const found = parts.findLast((part) => part.offset <= offset);
  if (found === undefined) return { offset };
  const { path, dataOffset, storedSize } = found;
  if (offset < dataOffset) return { offset, path, part: "header", at: offset - found.offset };
  if (offset >= dataOffset + storedSize) return { offset };
  return { offset, path, part: "content", at: offset - dataOffset };
}

function listSmells(differences: readonly MemberDifference[], inOrder: boolean): Smell[] {
  const smells = new Set<Smell>();
  for (const { change, aspects = [] } of differences) {
    if (change !== "changed") smells.add("files");
    for (const aspect of aspects) smells.add(aspect === "size" ? "content" : aspect);
  }
  if (!inOrder) smells.add("order");
  // The same files in the same order: headers of another kind, other padding.
  return smells.size === 0 ? ["format"] : [...smells];
}
