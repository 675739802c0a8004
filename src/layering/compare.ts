/** Compares store paths by name, so that a new hash does not move them, as nixpkgs breaks ties. */

type NameParts = readonly [hash: string, name: string];

/** Splits a store path: `["/nix/store/<hash>", "hello-2.12"]`. */
function splitName(path: string): NameParts {
  const dash = path.indexOf("-");
  return dash < 0 ? [path, ""] : [path.slice(0, dash), path.slice(dash + 1)];
}

const compareTexts = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0;

/** Compares two store paths by name, then by hash. */
export function compareByName(a: string, b: string): number {
  const [[hashA, nameA], [hashB, nameB]] = [splitName(a), splitName(b)];
  return compareTexts(nameA, nameB) || compareTexts(hashA, hashB);
}

/**
 * Compares two store paths as the popularity contest does, by the text `name-hash`: `bash` comes
 * after `bash+x` there, since `-` comes after `+`.
 */
export function compareByNameAndHash(a: string, b: string): number {
  const text = ([hash, name]: NameParts) => name === "" ? hash : `${name}-${hash}`;
  return compareTexts(text(splitName(a)), text(splitName(b)));
}
