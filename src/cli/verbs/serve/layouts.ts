/** A folder of layouts: each a repository, called by its path in there. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { INDEX_FILE, LAYOUT_FILE } from "../../../../transports/lib/layout.ts";
import { isSystemError, NixociError, wrapError } from "../../../base/errors.ts";
import { isRepository } from "../../../image/reference.ts";

// What a layout has in its own folder: no repository is called so.
const RESERVED = ["blobs", INDEX_FILE, LAYOUT_FILE];

// Deeper than anybody's names.
const DEEPEST = 16;

/**
 * Returns the folder of a repository's layout.
 * @throws NixociError `NOT_FOUND` for a name that would lie in another one's blobs.
 */
export function layoutPathOf(folder: string, repository: string): string {
  const reserved = repository.split("/").find((part) => RESERVED.includes(part));
  if (reserved === undefined) return join(folder, repository);
  throw new NixociError("NOT_FOUND", `no repository here has ${reserved} in its name`);
}

/** Lists the repositories of a folder; none where there is no such folder yet. */
export async function findLayouts(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (name: string, depth: number): Promise<void> => {
    const entries = await readdir(join(folder, name), { withFileTypes: true });
    if (name !== "" && entries.some((entry) => entry.name === LAYOUT_FILE)) found.push(name);
    if (depth === DEEPEST) return;
    for (const entry of entries) {
      const inner = name === "" ? entry.name : `${name}/${entry.name}`;
      if (!entry.isDirectory() || RESERVED.includes(entry.name) || !isRepository(inner)) continue;
      await walk(inner, depth + 1);
    }
  };
  try {
    await walk("", 0);
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw wrapError(error, `Cannot list ${folder}`);
  }
  return found;
}

/**
 * Checks that a folder can be one of layouts.
 * @throws NixociError `EXISTS` for one that holds files: it is something else, or one layout itself.
 */
export async function checkLayoutsFolder(folder: string): Promise<void> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return;
    throw wrapError(error, `Cannot read ${folder}`);
  }
  const file = entries.find((entry) => !entry.isDirectory() && !entry.name.startsWith("."));
  if (file === undefined) return;
  const isLayout = entries.some(({ name }) => name === LAYOUT_FILE);
  throw new NixociError(
    "EXISTS",
    isLayout
      ? `${folder} is one layout, not a folder of layouts`
      : `${folder} holds the file ${file.name}: it is not a folder of layouts`,
    { hint: isLayout ? `serve it as oci-dir:${folder}` : "name another folder, or a new one" },
  );
}
