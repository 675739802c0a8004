/** Finds files of the same content while layers are read. */
import { crc32 } from "node:zlib";
import { toOneLine } from "../base/text.ts";
import type { ContentStore, FlatTree } from "../flatten/types.ts";
import type { MemberContent } from "../tar/read.ts";

/** Files of the same content on the page. */
export interface ExploredCopies {
  /** Bytes of one of them. */
  readonly size: number;
  /** Some of them, lowest layer first. */
  readonly files: readonly (readonly [path: string, layer: number])[];
  /** The number of all of them. */
  readonly count: number;
}

/** A store that looks for copies, and what it has found in the end. */
export interface CopyFinder {
  readonly store: ContentStore;
  /** @returns those that cost most, and the bytes that all of them cost beyond the first of each. */
  finish(tree: FlatTree): { readonly copies: ExploredCopies[]; readonly copied: number };
}

/** The most groups on a page, and the most names of each. */
const [GROUPS, NAMES] = [100, 10];

/**
 * Creates the finder. Content is told by its size and CRC-32, which no accident makes the same, though
 * a forger can: it is a hint where to look, and nothing else is decided by it.
 * @param other gets all content, too.
 */
export function createCopyFinder(other?: ContentStore): CopyFinder {
  const sums = new Map<number, number>();
  return {
    store: {
      async put(file, member, layer) {
        let sum = 0;
        const data = watchContent(member.data, (chunk) => sum = crc32(chunk, sum));
        if (other === undefined) await readAll(data);
        else await other.put(file, { ...member, data }, layer);
        sums.set(file, sum);
      },
    },
    finish: (tree) => sumCopies(tree, sums),
  };
}

/** Has a look at all that passes. */
function watchContent(data: MemberContent, look: (chunk: Uint8Array) => void): MemberContent {
  return {
    whole() {
      const all = data.whole?.();
      if (all !== undefined) look(all);
      return all;
    },
    async *[Symbol.asyncIterator]() {
      for await (const chunk of data) {
        look(chunk);
        yield chunk;
      }
    },
  };
}

async function readAll(data: MemberContent): Promise<void> {
  if (data.whole?.() !== undefined) return;
  for await (const _ of data);
}

function sumCopies(tree: FlatTree, sums: ReadonlyMap<number, number>) {
  const groups = new Map<string, { size: number; files: [path: string, layer: number][] }>();
  for (const { path, type, linkTo, file, layer, size, storedSize } of tree.entries()) {
    const sum = sums.get(file);
    if (type !== "file" || linkTo !== undefined || size === 0 || sum === undefined) continue;
    const key = `${size} ${storedSize} ${sum}`;
    const group = groups.get(key) ?? { size: storedSize, files: [] };
    groups.set(key, group);
    group.files.push([toOneLine(`/${path}`), layer]);
  }
  const found = [...groups.values()].filter(({ files }) => files.length > 1);
  const costOf = ({ size, files }: typeof found[number]) => size * (files.length - 1);
  const copies = found.sort((a, b) => costOf(b) - costOf(a)).slice(0, GROUPS)
    .map(({ size, files }): ExploredCopies => ({
      size,
      files: files.sort(([, a], [, b]) => a - b).slice(0, NAMES),
      count: files.length,
    }));
  return { copies, copied: found.reduce((sum, group) => sum + costOf(group), 0) };
}
