/** The lines of `nixoci ls`. */
import type { ListedFile } from "../../../flatten/ls.ts";

/** Writes a path a line. */
export function* formatShortLines(files: Iterable<ListedFile>): Iterable<string> {
  for (const { path } of files) yield path;
}

/** Writes mode, owner, size, time and path, in columns. */
export function* formatLongLines(files: Iterable<ListedFile>): Iterable<string> {
  let sizes = 0;
  let owners = 0;
  for (const file of files) {
    sizes = Math.max(sizes, formatSize(file).length);
    owners = Math.max(owners, `${file.uid}/${file.gid}`.length);
  }
  for (const file of files) {
    const { path, type, mode, uid, gid, mtime, linkpath } = file;
    const leads = linkpath && (type === "symlink" ? ` -> ${linkpath}` : ` link to ${linkpath}`);
    const time = mtime.slice(0, 16).replace("T", " ");
    yield `${formatMode(type, mode)} ${`${uid}/${gid}`.padStart(owners)} ` +
      `${formatSize(file).padStart(sizes)} ${time} ${path}${leads ?? ""}`;
  }
}

/** Formats the bytes of a file; of a device its numbers. */
function formatSize({ size, device }: ListedFile): string {
  return device === undefined ? String(size) : device.join(",");
}

const TYPES: Readonly<Record<string, string>> = {
  directory: "d",
  symlink: "l",
  hardlink: "h",
  char: "c",
  block: "b",
  fifo: "p",
};

/** Writes a mode as `ls -l` and `tar -tv` do: `drwxr-xr-x`, with set-id and sticky bits. */
function formatMode(type: string, mode: number): string {
  const triple = (bits: number, special: boolean, letter: string): string => {
    const run = bits & 1 ? (special ? letter : "x") : special ? letter.toUpperCase() : "-";
    return (bits & 4 ? "r" : "-") + (bits & 2 ? "w" : "-") + run;
  };
  return (TYPES[type] ?? "-") +
    triple(mode >> 6, (mode & 0o4000) !== 0, "s") +
    triple(mode >> 3, (mode & 0o2000) !== 0, "s") +
    triple(mode, (mode & 0o1000) !== 0, "t");
}
