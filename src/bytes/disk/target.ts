/** Finds the path that a rename may safely replace. */
import { lstatSync, type Stats } from "node:fs";
import { realpath } from "node:fs/promises";
import { NixociError, wrapError } from "../../base/errors.ts";

/**
 * Returns the path to rename a file to: a new name or that of a regular file, because a rename
 * destroys what it replaces.
 * @param follow whether a symbolic link stands for the file that it leads to.
 * @throws NixociError `UNSAFE` for a symbolic link, `UNSUPPORTED` if it is not a regular file, `IO`.
 */
export async function resolveTarget(path: string, follow: boolean): Promise<string> {
  const stat = findStats(path);
  if (stat === undefined || stat.isFile()) return path;
  if (stat.isSymbolicLink()) {
    if (follow) return await resolveTarget(await resolveLink(path), false);
    throw new NixociError("UNSAFE", `Cannot write ${path}: it is a symbolic link`, {
      hint: "name the file that it leads to, or remove it",
    });
  }
  const what = stat.isDirectory() ? "is a directory" : "is not a regular file";
  throw new NixociError("UNSUPPORTED", `Cannot write ${path}: it ${what}`, {
    hint: "name a new file, or - for a pipe",
  });
}

/** Finds what is there. To ask another thread would take longer than that. */
function findStats(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw wrapError(error, `Cannot write ${path}`);
  }
}

async function resolveLink(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw wrapError(error, `Cannot follow the symbolic link ${path}`);
  }
}
