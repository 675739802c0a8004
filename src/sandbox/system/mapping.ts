/**
 * The user and group IDs that a command sees, and those that the system writes to the disk for them.
 * @see https://man7.org/linux/man-pages/man7/user_namespaces.7.html
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";

/** IDs that follow one another: the first of them inside and outside, and how many. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** The IDs that there are inside. */
export interface IdMapping {
  /**
   * `all`: root maps each ID to itself. `subordinate`: a user maps itself to root, and IDs that it
   * was given to the rest. `one`: a user maps itself to root, and there is no other. `plain`: the
   * same, but only in the command; helpers are the user.
   */
  readonly kind: "all" | "subordinate" | "one" | "plain";
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
}

/** Lists the mappings that this user may have, the best first. */
export function listMappings(): IdMapping[] {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  if (uid === 0) return [{ kind: "all", uids: readOwn("uid"), gids: readOwn("gid") }];
  const own = (outside: number): IdRange => ({ inside: 0, outside, count: 1 });
  const one: IdMapping = { kind: "one", uids: [own(uid)], gids: [own(gid)] };
  const [uids, gids] = [readSubordinate("uid", uid), readSubordinate("gid", uid)];
  if (uids.length === 0 || gids.length === 0) return [one];
  return [
    { kind: "subordinate", uids: [own(uid), ...uids], gids: [own(gid), ...gids] },
    one,
  ];
}

/** Returns the mapping of what needs no namespace of users. */
export function findPlainMapping(): IdMapping {
  const [mapping] = listMappings().slice(-1) as [IdMapping];
  return mapping.kind === "all" ? mapping : { ...mapping, kind: "plain" };
}

/** Returns the mapping that helpers need a namespace for. */
export function helperMappingOf(mapping: IdMapping): IdMapping | undefined {
  return mapping.kind === "all" || mapping.kind === "plain" ? undefined : mapping;
}

/** Returns the ID inside of a file that a helper has read: without a namespace, it sees our own. */
export function insideIdOf(
  kind: IdMapping["kind"],
  ranges: readonly IdRange[],
  id: number,
): number {
  if (kind !== "plain") return id;
  return ranges.find(({ outside }) => outside === id)?.inside ?? id;
}

/** Returns the mode that a file has on the disk: a user must be able to do all that root can. */
export function diskModeOf({ kind }: IdMapping, type: string, mode: number): number {
  if (kind !== "plain") return mode;
  return mode | (type === "directory" ? 0o700 : 0o600);
}

/** Returns the ID that a file has inside: root where the ID cannot be had. */
export function diskIdOf(ranges: readonly IdRange[], id: number): number {
  return hasId(ranges, id) ? id : 0;
}

/** Tells whether there is such an ID inside. */
export function hasId(ranges: readonly IdRange[], id: number): boolean {
  return ranges.some(({ inside, count }) => id >= inside && id < inside + count);
}

/** Writes ranges as the kernel and `newuidmap` take them. */
export function formatRanges(ranges: readonly IdRange[]): string[] {
  return ranges.map(({ inside, outside, count }) => `${inside} ${outside} ${count}`);
}

/** Reads the IDs that this process knows, which root maps to themselves. */
function readOwn(kind: "uid" | "gid"): IdRange[] {
  const text = readFileSync(`/proc/self/${kind}_map`, "utf8");
  return [...text.matchAll(/^ *(\d+) +\d+ +(\d+)$/gm)].map(([, start, count]) => ({
    inside: Number(start),
    outside: Number(start),
    count: Number(count),
  }));
}

/**
 * Reads the subordinate IDs of a user, which follow one another inside from 1. A name service may
 * have them (`getsubids` asks it); else the file does, by name or by number.
 */
function readSubordinate(kind: "uid" | "gid", uid: number): IdRange[] {
  const name = readUserName();
  const names = [name, String(uid)].filter((one) => one !== undefined);
  const found = names.map((one) => askSubordinate(kind, one)).find((one) => one.length > 0) ??
    readSubordinateFile(kind, names);
  let inside = 1;
  return found.map(({ outside, count }) => {
    const range = { inside, outside, count };
    inside += count;
    return range;
  });
}

type Granted = Pick<IdRange, "outside" | "count">;

/** Parses lines of `getsubids`: `0: user 100000 65536`. */
function askSubordinate(kind: "uid" | "gid", name: string): Granted[] {
  try {
    const words = kind === "gid" ? ["-g", name] : [name];
    const text = execFileSync("getsubids", words, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 5000,
    });
    return [...text.matchAll(/^\d+: \S+ (\d+) (\d+)$/gm)].map(([, start, count]) => ({
      outside: Number(start),
      count: Number(count),
    }));
  } catch {
    return [];
  }
}

function readSubordinateFile(kind: "uid" | "gid", names: readonly string[]): Granted[] {
  let text: string;
  try {
    text = readFileSync(`/etc/sub${kind}`, "utf8");
  } catch {
    return [];
  }
  const lines = [...text.matchAll(/^([^:\n]+):(\d+):(\d+)$/gm)];
  for (const name of names) {
    const own = lines.filter(([, user]) => user === name);
    if (own.length > 0) {
      return own.map(([, , start, count]) => ({ outside: Number(start), count: Number(count) }));
    }
  }
  return [];
}

function readUserName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined; // a number that nobody has a name for
  }
}
