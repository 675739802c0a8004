/** Store paths by name, so that a new hash does not move them: how nixpkgs breaks ties. */

type Parts = readonly [hash: string, name: string];

/** `["/nix/store/<hash>", "hello-2.12"]`. */
function partsOf(path: string): Parts {
  const dash = path.indexOf("-");
  return dash < 0 ? [path, ""] : [path.slice(0, dash), path.slice(dash + 1)];
}

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0;

/** Compares two store paths by name, then by hash. */
export function byName(a: string, b: string): number {
  const [[hashA, nameA], [hashB, nameB]] = [partsOf(a), partsOf(b)];
  return compare(nameA, nameB) || compare(hashA, hashB);
}

/**
 * The same as the popularity contest does it, on the text `name-hash`: `bash` comes after `bash+x`
 * there, since `-` comes after `+`.
 */
export function byNameAndHash(a: string, b: string): number {
  const text = ([hash, name]: Parts) => name === "" ? hash : `${name}-${hash}`;
  return compare(text(partsOf(a)), text(partsOf(b)));
}
