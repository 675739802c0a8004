/** Options that were given, and no others: what is missing has a default further on. */

/** The object without the fields that say nothing: those that are undefined, and a SPEC's null. */
export function given<T extends object>(
  object: T,
): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined && value !== null),
  ) as { [K in keyof T]?: Exclude<T[K], null | undefined> };
}
