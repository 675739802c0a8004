/** Finds the IDs of a user as a Dockerfile's `USER` names one. */
import { NixociError } from "../base/errors.ts";

/** The IDs that a command runs with. */
export interface UserIds {
  readonly uid: number;
  readonly gid: number;
  /** The user's home, where it has one. */
  readonly home: string | undefined;
}

/** Reads a small file of the tree; `undefined` where there is none. */
export type ReadText = (path: string) => Promise<string | undefined>;

/**
 * Finds the IDs of `name`, `1000`, `name:group` or `1000:1000`. Numbers need no entry; a user's
 * group is the one of its entry, or else root's.
 * @throws NixociError `NOT_FOUND` for names that the tree's files do not have.
 */
export async function findUser(user: string, readText: ReadText): Promise<UserIds> {
  const [name = "", group] = user.split(":", 2);
  const entry = await findEntry("etc/passwd", name || "0", readText);
  const uid = entry === undefined ? parseId(name || "0") : parseId(entry[2] ?? "");
  if (uid === undefined) throw noSuchError("user", name, "etc/passwd");
  const home = entry?.[5] || undefined;
  if (!group) return { uid, gid: parseId(entry?.[3] ?? "") ?? 0, home };
  const found = await findEntry("etc/group", group, readText);
  const gid = found === undefined ? parseId(group) : parseId(found[2] ?? "");
  if (gid === undefined) throw noSuchError("group", group, "etc/group");
  return { uid, gid, home };
}

/** Finds the line of a name or a number, as its fields. */
async function findEntry(
  path: string,
  name: string,
  readText: ReadText,
): Promise<string[] | undefined> {
  const text = await readText(path) ?? "";
  const entries = text.split("\n").map((line) => line.split(":"));
  return entries.find(([first]) => first === name) ??
    (parseId(name) === undefined ? undefined : entries.find(([, , id]) => id === name));
}

function parseId(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1 ? Number(text) : undefined;
}

function noSuchError(what: string, name: string, file: string): NixociError {
  return new NixociError("NOT_FOUND", `the image has no ${what} ${JSON.stringify(name)}`, {
    hint: `its ${file} does not name it; give a number instead`,
  });
}
