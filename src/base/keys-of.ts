/** The keys of a table's entries, with their types. */

/** Lists the keys of a table that has no others than its type says. */
export function keysOf<Table extends object>(table: Table): Extract<keyof Table, string>[] {
  const keys: Extract<keyof Table, string>[] = [];
  for (const key in table) keys.push(key);
  return keys;
}
