/** Tells which store path a place in an image belongs to. */

const STORE_PATH = /^\/nix\/store\/[0-9a-z]{32}-[0-9A-Za-z+\-._?=]{1,211}/;

/** Returns the store path that a path of an image lies in, if any. */
export function findStorePathAt(path: string): string | undefined {
  const found = STORE_PATH.exec(path)?.[0];
  return found === undefined || !["", "/"].includes(path.slice(found.length, found.length + 1))
    ? undefined
    : found;
}
