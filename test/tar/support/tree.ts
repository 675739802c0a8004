/** Real files of this machine, few enough for a test. */
import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Names of folders, files and links under `/usr/bin`, `/usr/share` and `/etc`, parents first: those
 * that can be read, none larger than 128 KiB, so many of each.
 */
export function realFiles(perFolder: number): string[] {
  return ["/usr/bin", "/usr/share/doc", "/usr/lib", "/etc"].flatMap((folder) => {
    const found: string[] = [];
    walk(folder, found, perFolder);
    return found;
  });
}

function walk(folder: string, found: string[], most: number): void {
  for (const item of list(folder)) {
    if (found.length >= most) return;
    const path = join(folder, item.name);
    if (item.isSymbolicLink()) found.push(path);
    else if (item.isFile() && isReadable(path)) found.push(path);
    else if (item.isDirectory()) {
      found.push(path);
      walk(path, found, most);
    }
  }
}

function list(folder: string): Dirent[] {
  try {
    return readdirSync(realpathSync(folder), { withFileTypes: true });
  } catch {
    return [];
  }
}

function isReadable(path: string): boolean {
  try {
    return statSync(path).size <= 128 * 1024 && readFileSync(path) !== undefined;
  } catch {
    return false;
  }
}
