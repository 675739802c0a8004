/** Paths of a tree: without slashes around them; the root's is empty. */

/** Splits a path into its folder and its name. */
export function splitTreePath(path: string): [folder: string, name: string] {
  const slash = path.lastIndexOf("/");
  return [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
}

/** Joins a folder and a name. */
export function joinPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
