/** The files of users and groups, read and written. */
import type {
  Accounts,
  GroupAccount,
  ShadowFields,
  SubordinateRange,
  UserAccount,
} from "./accounts.ts";

/** The files that a base has; what is `undefined` is not there. */
export interface AccountFiles {
  readonly passwd?: string | undefined;
  readonly group?: string | undefined;
  readonly shadow?: string | undefined;
  readonly subuid?: string | undefined;
  readonly subgid?: string | undefined;
}

/** The names of the files, which lie in `/etc`. */
export const ACCOUNT_FILES = ["passwd", "group", "shadow", "subuid", "subgid"] as const;

/**
 * Parses the files. Lines that are not of users and groups (comments, `+` of NIS) are passed over, as
 * glibc does.
 * @see https://man7.org/linux/man-pages/man5/passwd.5.html
 */
export function parseAccounts(files: AccountFiles): Accounts {
  return {
    users: sortById(splitLines(files.passwd, 7).flatMap(parseUser), ({ uid }) => uid),
    groups: sortById(splitLines(files.group, 4).flatMap(parseGroup), ({ gid }) => gid),
    shadow: splitLines(files.shadow, 9),
    subUids: splitLines(files.subuid, 3).flatMap(parseRange),
    subGids: splitLines(files.subgid, 3).flatMap(parseRange),
  };
}

function splitLines(text = "", fields: number): string[][] {
  return text.split("\n").filter((line) => /^[^#+\s-]/.test(line)).map((line) => line.split(":"))
    .filter(({ length }) => length === fields);
}

function parseUser(line: string[]): UserAccount[] {
  const [name = "", password = "", uid = "", gid = "", description = "", home = "", shell = ""] =
    line;
  if (!isId(uid) || !isId(gid)) return [];
  return [{ name, password, uid: Number(uid), gid: Number(gid), description, home, shell }];
}

function parseGroup(line: string[]): GroupAccount[] {
  const [name = "", password = "", gid = "", members = ""] = line;
  if (!isId(gid)) return [];
  const names = members.split(",").filter((one) => one !== "");
  return [{ name, password, gid: Number(gid), members: names }];
}

function parseRange(line: string[]): SubordinateRange[] {
  const [name = "", start = "", count = ""] = line;
  return isId(start) && isId(count) ? [{ name, start: Number(start), count: Number(count) }] : [];
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}

/** Formats the files; each has a line for every entry, and the empty one of ranges an empty line. */
export function formatAccounts(accounts: Accounts): Required<AccountFiles> {
  return {
    passwd: joinLines(accounts.users.map((one) => [
      ...[one.name, one.password, one.uid, one.gid],
      ...[one.description, one.home, one.shell],
    ])),
    group: joinLines(
      accounts.groups.map(({ name, password, gid, members }) => [
        ...[name, password, gid],
        members.join(","),
      ]),
    ),
    shadow: joinLines(accounts.shadow),
    subuid: joinLines(accounts.subUids.map(rangeFieldsOf)) || "\n",
    subgid: joinLines(accounts.subGids.map(rangeFieldsOf)) || "\n",
  };
}

function rangeFieldsOf({ name, start, count }: SubordinateRange): (string | number)[] {
  return [name, start, count];
}

function joinLines(lines: readonly (ShadowFields | readonly (string | number)[])[]): string {
  return lines.map((fields) => `${fields.join(":")}\n`).join("");
}

/** Sorts by ascending IDs; those with the same one stay in their order. */
export function sortById<T>(all: readonly T[], idOf: (one: T) => number): T[] {
  return [...all].sort((a, b) => idOf(a) - idOf(b));
}
