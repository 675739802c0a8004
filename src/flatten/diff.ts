/** Compares the files of two images. */
import { createHasher } from "../bytes/digest.ts";
import { type Aspect, ASPECTS } from "./aspects.ts";
import { mergeLayers } from "./merge.ts";
import { createTurns } from "./turns.ts";
import type { ContentStore, FlatEntry, FlatTree, FlatType } from "./types.ts";
import type { Image } from "../image/root.ts";
import { encodeName } from "../tar/name.ts";
import { expandSparse } from "../tar/sparse.ts";

export type { Aspect };

/** A path at which the images differ. */
export interface Difference {
  /** Absolute. */
  readonly path: string;
  readonly change: "added" | "removed" | "changed";
  readonly type: FlatType;
  /** Bytes in the first image, if it has the path. */
  readonly before?: number;
  /** Bytes in the second image, if it has the path. */
  readonly after?: number;
  /** Aspects that have changed, if both images have the path. */
  readonly aspects?: readonly Aspect[];
}

/** Options for comparing images. */
export interface DiffOptions {
  /** Aspects that make no difference. */
  readonly ignore?: readonly Aspect[];
  readonly signal?: AbortSignal;
}

/**
 * The paths at which two images differ, in order of their names: owners by number, contents by their
 * SHA-256. Reads all layers of both, unless they are the same. Only differences are kept, and some
 * hundred bytes of each file while it works.
 * @throws what `flatten` throws.
 * @example
 * ```ts
 * import { diff, openSource, parsePlatform, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * const before = await resolveImage(source, { platform: parsePlatform("linux/amd64") });
 * const after = await resolveImage(source, { platform: parsePlatform("linux/arm64") });
 * for await (const { path, change } of diff(before, after)) {
 *   console.log(`${path} ${change}`); // /hello changed
 * }
 * ```
 */
export async function* diff(
  before: Pick<Image, "layers">,
  after: Pick<Image, "layers">,
  options: DiffOptions = {},
): AsyncGenerator<Difference, void> {
  if (hasSameLayers(before, after)) return;
  const a = await hashContents(before, options.signal);
  const b = await hashContents(after, options.signal);
  const ignored = new Set(options.ignore);
  const turn = createTurns(options.signal);
  for (const [one, other] of pairEntries(a.tree.entries(), b.tree.entries())) {
    const waiting = turn();
    if (waiting !== undefined) await waiting;
    if (one === undefined) yield differenceOf("added", other!);
    else if (other === undefined) yield differenceOf("removed", one);
    else {
      const aspects = changedAspectsOf(one, other, a.hashes, b.hashes).filter((one) =>
        !ignored.has(one)
      );
      if (aspects.length === 0) continue;
      const { path, type, size } = other;
      yield { path: `/${path}`, change: "changed", type, before: one.size, after: size, aspects };
    }
  }
}

function hasSameLayers(a: Pick<Image, "layers">, b: Pick<Image, "layers">): boolean {
  return a.layers.length === b.layers.length &&
    a.layers.every(({ diffId }, i) => diffId === b.layers[i]!.diffId);
}

function differenceOf(change: "added" | "removed", { path, type, size }: FlatEntry): Difference {
  return { path: `/${path}`, change, type, [change === "added" ? "after" : "before"]: size };
}

/** Pairs the entries of both images by path. */
function* pairEntries(
  before: Iterable<FlatEntry>,
  after: Iterable<FlatEntry>,
): Generator<[FlatEntry | undefined, FlatEntry | undefined], void> {
  const [left, right] = [before[Symbol.iterator](), after[Symbol.iterator]()];
  let [a, b] = [takeEntry(left), takeEntry(right)];
  while (a !== undefined || b !== undefined) {
    const order = a === undefined ? 1 : b === undefined ? -1 : comparePaths(a.path, b.path);
    yield [order <= 0 ? a : undefined, order >= 0 ? b : undefined];
    if (order <= 0) a = takeEntry(left);
    if (order >= 0) b = takeEntry(right);
  }
}

function takeEntry(entries: Iterator<FlatEntry>): FlatEntry | undefined {
  const { done, value } = entries.next();
  return done ? undefined : value;
}

/** Compares paths as entries are ordered: part by part, so that a slash comes before all else. */
function comparePaths(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(sortKeyOf(a), sortKeyOf(b));
}

function sortKeyOf(path: string): Buffer {
  return encodeName(path.replaceAll("/", "\0"));
}

function changedAspectsOf(
  a: FlatEntry,
  b: FlatEntry,
  inA: ContentHashes,
  inB: ContentHashes,
): Aspect[] {
  if (a.type !== b.type) return ["type"];
  const found: Record<Aspect, boolean> = {
    type: false,
    content: a.type === "file" && (a.size !== b.size || !inA.get(a.file).equals(inB.get(b.file))),
    size: a.size !== b.size,
    mode: a.mode !== b.mode,
    owner: a.uid !== b.uid || a.gid !== b.gid,
    time: a.mtime !== b.mtime,
    link: a.linkpath !== b.linkpath || a.linkTo !== b.linkTo,
    device: a.devmajor !== b.devmajor || a.devminor !== b.devminor,
    xattrs: !hasSameAttributes(a.xattrs, b.xattrs),
  };
  return ASPECTS.filter((aspect) => found[aspect]);
}

function hasSameAttributes(a: FlatEntry["xattrs"], b: FlatEntry["xattrs"]): boolean {
  return a.size === b.size && [...a].every(([name, value]) => {
    const other = b.get(name);
    return other !== undefined && Buffer.compare(value, other) === 0;
  });
}

/** SHA-256 of each file's content, 32 bytes. */
interface ContentHashes {
  get(file: number): Buffer;
}

async function hashContents(
  image: Pick<Image, "layers">,
  signal: AbortSignal | undefined,
): Promise<{ tree: FlatTree; hashes: ContentHashes }> {
  let hashes = Buffer.alloc(32 * 1024);
  const store: ContentStore = {
    async put(file, { entry, data }) {
      const hash = createHasher();
      for await (const chunk of expandSparse(entry, data)) hash.update(chunk);
      if ((file + 1) * 32 > hashes.length) {
        hashes = Buffer.concat([hashes], Math.max((file + 1) * 32, Math.ceil(hashes.length * 1.5)));
      }
      hashes.write(hash.digest().slice("sha256:".length), file * 32, "hex");
    },
  };
  const tree = await mergeLayers(image, store, { signal });
  return { tree, hashes: { get: (file) => hashes.subarray(file * 32, file * 32 + 32) } };
}
