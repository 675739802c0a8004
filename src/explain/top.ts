/** Keeps the largest of many. */

/** The largest items so far. */
export interface Top<T> {
  add(item: T): void;
  /** Lists them, the largest first; of equals that comes first which came first. */
  list(): T[];
}

/** Creates a list of the `most` items of the largest values. */
export function createTop<T>(most: number, valueOf: (item: T) => number): Top<T> {
  let items: T[] = [];
  let least = -Infinity;
  const cut = () => {
    items = items.sort((a, b) => valueOf(b) - valueOf(a)).slice(0, most);
    if (items.length === most && most > 0) least = valueOf(items.at(-1)!);
  };
  return {
    add(item) {
      if (most === 0 || valueOf(item) <= least) return;
      items.push(item);
      if (items.length >= most * 2 + 100) cut();
    },
    list() {
      cut();
      return items;
    },
  };
}
