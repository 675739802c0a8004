/** The order in which a folder's entries stand in a layer. */
import { NixociError } from "../base/errors.ts";
import { encodeName, quoteName } from "../tar/name.ts";
import type { LayerRecipe } from "./recipe.ts";

/** A name in a folder, and what it names. */
type NamedEntry<T> = readonly [name: string, node: T];

/**
 * Sorts a folder's entries as they are to stand in the layer. dockerTools leaves the paths themselves
 * in the order given; what they hold, and everything in nix2container's and GNU tar's trees, is sorted.
 */
export function sortEntries<T>(
  entries: Iterable<NamedEntry<T>>,
  { style, packer }: Pick<LayerRecipe, "style" | "packer">,
  isBetween: boolean,
): readonly NamedEntry<T>[] {
  if (packer === "gnu-tar") return sortByBytes(entries);
  if (style === "nix2container") return sortByBytes(dropHacks(entries));
  return isBetween ? [...entries] : sortBy(compareCodePoints, entries);
}

/** Sorts entries by their names' bytes. */
export function sortByBytes<T>(entries: Iterable<NamedEntry<T>>): readonly NamedEntry<T>[] {
  return sortBy(compareBytes, entries);
}

// UTF-16 has another order than code points and bytes only where these are.
const BEYOND = /[\ud800-\uffff]/;

function sortBy<T>(
  exactly: (a: string, b: string) => number,
  entries: Iterable<NamedEntry<T>>,
): NamedEntry<T>[] {
  const all = [...entries];
  const order = all.some(([name]) => BEYOND.test(name)) ? exactly : compareUnits;
  return all.sort(([a], [b]) => order(a, b));
}

function compareUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareBytes(a: string, b: string): number {
  return encodeName(a).compare(encodeName(b));
}

/** Compares as Python does: bytes that are not UTF-8 count as U+DC80 to U+DCFF. */
function compareCodePoints(a: string, b: string): number {
  const [one, other] = [[...a], [...b]];
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const order = one[at]!.codePointAt(0)! - other[at]!.codePointAt(0)!;
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/**
 * Drops what Nix puts after names on file systems that do not tell `a` from `A`.
 * @see https://github.com/nlewo/nix2container/issues/127
 */
function dropHacks<T>(entries: Iterable<NamedEntry<T>>): Iterable<NamedEntry<T>> {
  const all = [...entries];
  if (!all.some(([name]) => name.includes(HACK))) return all;
  const names = new Map<string, T>();
  for (const [name, node] of all) {
    const bare = bareNameOf(name);
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

function bareNameOf(name: string): string {
  const [bare, index, ...more] = name.split(HACK);
  const isHack = index !== undefined && more.length === 0 && /^\+?\d+$/.test(index) &&
    Number(index) > 0;
  return isHack ? bare! : name;
}
