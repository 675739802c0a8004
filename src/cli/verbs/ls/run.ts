/** What `nixoci ls` and `nixoci diff` show. */
import type { Difference } from "../../../flatten/diff.ts";
import type { ListedFile } from "../../../flatten/ls.ts";
import { formatBytes } from "../../kit/text.ts";

/** A path a line. */
export function* shortLines(files: Iterable<ListedFile>): Iterable<string> {
  for (const { path } of files) yield path;
}

/** Mode, owner, size, time and path, in columns. */
export function* longLines(files: Iterable<ListedFile>): Iterable<string> {
  let sizes = 0;
  let owners = 0;
  for (const file of files) {
    sizes = Math.max(sizes, sizeText(file).length);
    owners = Math.max(owners, `${file.uid}/${file.gid}`.length);
  }
  for (const file of files) {
    const { path, type, mode, uid, gid, mtime, linkpath } = file;
    const leads = linkpath && (type === "symlink" ? ` -> ${linkpath}` : ` link to ${linkpath}`);
    const time = mtime.slice(0, 16).replace("T", " ");
    yield `${modeText(type, mode)} ${`${uid}/${gid}`.padStart(owners)} ` +
      `${sizeText(file).padStart(sizes)} ${time} ${path}${leads ?? ""}`;
  }
}

/** The bytes of a file; of a device its numbers. */
function sizeText({ size, device }: ListedFile): string {
  return device === undefined ? String(size) : device.join(",");
}

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

/** `+ /path  12 kB`, `- /path  3 B`, `~ /path  3 B -> 12 kB  content, mode`. */
export function* differenceLines(differences: Iterable<Difference>): Iterable<string> {
  for (const { path, change, type, before, after, aspects = [] } of differences) {
    const sizes = [before, after].filter((size) => size !== undefined).map(formatBytes);
    const told = type !== "file" ? type : sizes[0] === sizes[1] ? sizes[0] : sizes.join(" -> ");
    const what = aspects.length === 0 ? "" : `  ${aspects.join(", ")}`;
    yield `${SIGNS[change]} ${path}  ${told}${what}`;
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
function modeText(type: string, mode: number): string {
  const triple = (bits: number, special: boolean, letter: string): string => {
    const run = bits & 1 ? (special ? letter : "x") : special ? letter.toUpperCase() : "-";
    return (bits & 4 ? "r" : "-") + (bits & 2 ? "w" : "-") + run;
  };
  return (TYPES[type] ?? "-") +
    triple(mode >> 6, (mode & 0o4000) !== 0, "s") +
    triple(mode >> 3, (mode & 0o2000) !== 0, "s") +
    triple(mode, (mode & 0o1000) !== 0, "t");
}
