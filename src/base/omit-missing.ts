/** Options that were given, and no others: those that are missing get their defaults later. */

/** Copies an object without its fields that are undefined, or null as in a SPEC. */
export function omitMissing<T extends object>(
  object: T,
): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined && value !== null),
  ) as { [K in keyof T]?: Exclude<T[K], null | undefined> };
}
