/**
 * Lists that come page by page.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */

/** One page of a list, and where the next one begins. */
export interface ListPage {
  readonly names: readonly string[];
  /** The last name of this page, when more follow. */
  readonly next: string | undefined;
}

/**
 * Returns the page of the names after `last`, in the specification's order; all that are left without `n`.
 * Of zero names, none follow.
 */
export function pageOf(
  all: readonly string[],
  { n, last }: { readonly n?: number | undefined; readonly last?: string | undefined },
): ListPage {
  const left = [...all].sort(compareNames)
    .filter((name) => last === undefined || compareNames(name, last) > 0);
  const names = left.slice(0, n);
  return { names, next: names.length < left.length ? names.at(-1) : undefined };
}

/** Compares without regard to case, and names that differ in nothing else by their characters. */
function compareNames(a: string, b: string): number {
  return compareText(a.toLowerCase(), b.toLowerCase()) || compareText(a, b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
