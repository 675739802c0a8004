/** Finds the IDs of a user as a Dockerfile's `USER` names one. */
import { NixociError } from "../../base/errors.ts";
import { GIVE_IDS } from "../system/refusal.ts";
import { hasId, type IdMapping } from "../system/mapping.ts";

/** The IDs that a command runs with. */
export interface UserIds {
  readonly uid: number;
  readonly gid: number;
  /** Its other groups; left out where the system lets nobody set them. */
  readonly groups: readonly number[] | undefined;
  /** The user's home, where it has one. */
  readonly home: string | undefined;
}

/** Reads a small file of the tree; `undefined` where there is none. */
export type ReadText = (path: string) => Promise<string | undefined>;

/**
 * Finds the IDs of `name`, `1000`, `name:group` or `1000:1000`. Numbers need no entry; a user's
 * group is the one of its entry, or else root's. Where no group is given, the user has all those
 * whose entries name it, as engines have it.
 * @throws NixociError `NOT_FOUND` for names that the tree's files do not have.
 */
export async function findUser(user: string, readText: ReadText): Promise<UserIds> {
  const [name = "", group] = user.split(":", 2);
  const entry = await findEntry("etc/passwd", name || "0", readText);
  const uid = entry === undefined ? parseId(name || "0") : parseId(entry[2] ?? "");
  if (uid === undefined) throw noSuchError("user", name, "etc/passwd");
  const home = entry?.[5] || (uid === 0 ? "/root" : undefined);
  if (!group) {
    const groups = entry === undefined ? [] : await listGroups(entry[0]!, readText);
    return { uid, gid: parseId(entry?.[3] ?? "") ?? 0, groups, home };
  }
  const found = await findEntry("etc/group", group, readText);
  const gid = found === undefined ? parseId(group) : parseId(found[2] ?? "");
  if (gid === undefined) throw noSuchError("group", group, "etc/group");
  return { uid, gid, groups: [], home };
}

/** Lists the groups whose entries name a user. */
async function listGroups(name: string, readText: ReadText): Promise<number[]> {
  const ids = (await readEntries("etc/group", readText))
    .filter(([, , , members = ""]) => members.trim().split(",").includes(name))
    .map(([, , id = ""]) => parseId(id));
  return [...new Set(ids)].filter((id) => id !== undefined);
}

/**
 * Checks that a command can be this user here; groups that cannot be had are left out.
 * @throws NixociError `UNSUPPORTED`.
 */
export function checkUser(user: UserIds, { kind, uids, gids }: IdMapping): UserIds {
  const { uid, gid, groups = [] } = user;
  if (!hasId(uids, uid) || !hasId(gids, gid)) {
    throw new NixociError("UNSUPPORTED", `a command cannot be user ${uid}:${gid} here`, {
      hint: GIVE_IDS,
    });
  }
  const isFree = kind === "all" || kind === "subordinate";
  return { ...user, groups: isFree ? groups.filter((id) => hasId(gids, id)) : undefined };
}

/** Finds the line of a name or a number, as its fields. */
async function findEntry(
  path: string,
  name: string,
  readText: ReadText,
): Promise<string[] | undefined> {
  const entries = await readEntries(path, readText);
  return entries.find(([first]) => first === name) ??
    (parseId(name) === undefined ? undefined : entries.find(([, , id]) => id === name));
}

async function readEntries(path: string, readText: ReadText): Promise<string[][]> {
  const text = await readText(path) ?? "";
  return text.split("\n").map((line) => line.split(":"));
}

function parseId(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1 ? Number(text) : undefined;
}

function noSuchError(what: string, name: string, file: string): NixociError {
  return new NixociError("NOT_FOUND", `the image has no ${what} ${JSON.stringify(name)}`, {
    hint: `its ${file} does not name it; give a number instead`,
  });
}
