/** Reads the words of a list, of which systemd passes over those that it does not take. */
import type { Verdict } from "../types.ts";
import { InvalidValue } from "../words.ts";

/** The items that were read, and what is to be said where some were not. */
export interface ReadItems<Item> {
  readonly items: readonly Item[];
  readonly verdict?: Verdict;
}

/** Reads each word; one that cannot be read is left out, and said. */
export function readItems<Item>(
  words: Iterable<string>,
  read: (word: string) => Item,
): ReadItems<Item> {
  const items: Item[] = [];
  const notes: string[] = [];
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      notes.push(error.message);
    }
  };
  attempt(() => {
    for (const word of words) attempt(() => items.push(read(word)));
  });
  if (notes.length === 0) return { items };
  const fate = items.length === 0 ? "not had" : "changed";
  return { items, verdict: { fate, note: [...new Set(notes)].join("; ") } };
}
