/** What `nixoci ls` shows. */
import type { ListedFile } from "../ls.ts";

/** A path a line. */
export function* shortLines(files: readonly ListedFile[]): Iterable<string> {
  for (const { path } of files) yield path;
}

/** Mode, owner, size, time and path, in columns. */
export function* longLines(files: readonly ListedFile[]): Iterable<string> {
  const sizes = Math.max(0, ...files.map(({ size }) => String(size).length));
  const owners = Math.max(0, ...files.map(({ uid, gid }) => `${uid}/${gid}`.length));
  for (const { path, type, mode, uid, gid, size, mtime, linkpath } of files) {
    const leads = linkpath && (type === "symlink" ? ` -> ${linkpath}` : ` link to ${linkpath}`);
    const time = mtime.slice(0, 16).replace("T", " ");
    yield `${modeText(type, mode)} ${`${uid}/${gid}`.padStart(owners)} ` +
      `${String(size).padStart(sizes)} ${time} ${path}${leads ?? ""}`;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  directory: "d",
  symlink: "l",
  hardlink: "h",
  char: "c",
  block: "b",
  fifo: "p",
};

/** As `ls -l` and `tar -tv` write it: `drwxr-xr-x`, with set-id and sticky bits. */
export function modeText(type: string, mode: number): string {
  const triple = (bits: number, special: boolean, letter: string): string => {
    const run = bits & 1 ? (special ? letter : "x") : special ? letter.toUpperCase() : "-";
    return (bits & 4 ? "r" : "-") + (bits & 2 ? "w" : "-") + run;
  };
  return (TYPES[type] ?? "-") +
    triple(mode >> 6, (mode & 0o4000) !== 0, "s") +
    triple(mode >> 3, (mode & 0o2000) !== 0, "s") +
    triple(mode, (mode & 0o1000) !== 0, "t");
}
