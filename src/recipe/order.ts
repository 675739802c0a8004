/** In which order a folder's entries stand in a layer. */
import { NixociError } from "../base/errors.ts";
import { encodeName, quoteName } from "../tar/name.ts";
import type { LayerStyle } from "./recipe.ts";
import type { Node } from "./tree.ts";

type Entry = readonly [name: string, node: Node];

/**
 * A folder's entries as they are to stand in the layer. dockerTools leaves the paths themselves in
 * the order given; what they hold, and everything in nix2container's tree, is sorted.
 */
export function ordered(
  entries: Iterable<Entry>,
  style: LayerStyle,
  isBetween: boolean,
): readonly Entry[] {
  if (style === "nix2container") return sortedByBytes(unhacked(entries));
  return isBetween ? [...entries] : sorted(entries, byCodePoints);
}

/** Entries in the order of their names' bytes. */
export function sortedByBytes(entries: Iterable<Entry>): readonly Entry[] {
  return sorted(entries, byBytes);
}

// UTF-16 has another order than code points and bytes only where these are.
const BEYOND = /[\ud800-\uffff]/;

function sorted(entries: Iterable<Entry>, exactly: (a: string, b: string) => number): Entry[] {
  const all = [...entries];
  const order = all.some(([name]) => BEYOND.test(name)) ? exactly : byUnits;
  return all.sort(([a], [b]) => order(a, b));
}

function byUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byBytes(a: string, b: string): number {
  return encodeName(a).compare(encodeName(b));
}

/** As Python compares texts: bytes that are not UTF-8 count as U+DC80 to U+DCFF. */
function byCodePoints(a: string, b: string): number {
  const [one, other] = [[...a], [...b]];
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const order = one[at]!.codePointAt(0)! - other[at]!.codePointAt(0)!;
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/**
 * Without what Nix puts after names on file systems that do not tell `a` from `A`.
 * @see https://github.com/nlewo/nix2container/issues/127
 */
function unhacked(entries: Iterable<Entry>): Iterable<Entry> {
  const all = [...entries];
  if (!all.some(([name]) => name.includes(HACK))) return all;
  const names = new Map<string, Node>();
  for (const [name, node] of all) {
    const bare = bareName(name);
    if (names.has(bare)) {
      throw new NixociError(
        "EXISTS",
        `Cannot put ${quoteName(name)} into the layer: without ${HACK} it is ${
          quoteName(bare)
        }, which is there already`,
      );
    }
    names.set(bare, node);
  }
  return names;
}

const HACK = "~nix~case~hack~";

function bareName(name: string): string {
  const [bare, index, ...more] = name.split(HACK);
  const isHack = index !== undefined && more.length === 0 && /^\+?\d+$/.test(index) &&
    Number(index) > 0;
  return isHack ? bare! : name;
}
