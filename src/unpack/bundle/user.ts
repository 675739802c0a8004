/**
 * Finds the user that a container runs as: the config's `User`, in the image's own database.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties User
 */
import { NixociError } from "../../base/errors.ts";

/** A user as the kernel knows one, and the user's home. */
export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string;
}

/** An image's `/etc/passwd` and `/etc/group`, if it has them. */
export interface UserDatabase {
  readonly passwd: string | undefined;
  readonly group: string | undefined;
}

interface PasswdLine {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/**
 * Resolves `user`, `uid`, `user:group` and their combinations. Without a group, the user has its
 * own group and those that list it as a member. Numbers need no database.
 * @throws NixociError `NOT_FOUND` for a name that the image does not know.
 */
export function resolveUser(wanted: string, { passwd, group }: UserDatabase): ContainerUser {
  const [user = "", groupName] = wanted.split(":", 2);
  const line = findUser(user === "" ? "0" : user, passwd);
  if (groupName !== undefined && groupName !== "") {
    const gid = findGroup(groupName, group);
    return { uid: line.uid, gid, additionalGids: [], home: line.home };
  }
  const { uid, gid, home } = line;
  return { uid, gid, additionalGids: findGroups(line.name, gid, group), home };
}

/** Finds a user by name or number; a name goes before a number, as everywhere. */
function findUser(user: string, passwd: string | undefined): PasswdLine {
  const lines = parseLines(passwd).map(parsePasswdLine);
  const named = lines.find((line) => line?.name === user);
  if (named !== undefined) return named;
  const uid = parseNumber(user);
  if (uid === undefined) throw unknownError("user", user, "/etc/passwd");
  return lines.find((line) => line?.uid === uid) ?? { name: "", uid, gid: 0, home: "/" };
}

function findGroup(name: string, group: string | undefined): number {
  const fields = parseLines(group).find((fields) => fields[0] === name);
  const gid = parseNumber(fields?.[2] ?? name);
  if (gid === undefined) throw unknownError("group", name, "/etc/group");
  return gid;
}

function findGroups(user: string, own: number, group: string | undefined): number[] {
  if (user === "") return [];
  const gids = parseLines(group).flatMap(([, , number = "", members = ""]) => {
    const gid = parseNumber(number);
    return gid !== undefined && gid !== own && members.split(",").includes(user) ? [gid] : [];
  });
  return [...new Set(gids)];
}

function parsePasswdLine([name = "", , uid = "", gid = "", , home = ""]: string[]):
  | PasswdLine
  | undefined {
  const [user, group] = [parseNumber(uid), parseNumber(gid)];
  if (user === undefined || group === undefined) return undefined;
  return { name, uid: user, gid: group, home: home === "" ? "/" : home };
}

function parseLines(text: string | undefined): string[][] {
  return (text ?? "").split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));
}

/** Parses a number of 31 bits: the tools that start containers take no larger one. */
function parseNumber(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const number = Number(text);
  return number < 2 ** 31 ? number : undefined;
}

function unknownError(kind: string, name: string, file: string): NixociError {
  return new NixociError(
    "NOT_FOUND",
    `the image runs as ${kind} ${JSON.stringify(name)}, but its ${file} does not know it`,
    { hint: "unpack it with --dir, or give the image a number as its user" },
  );
}
