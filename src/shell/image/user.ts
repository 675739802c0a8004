/** The user of a shell image, and the folders that are this user's. */
import { posix } from "node:path";
import { NixociError } from "../../base/errors.ts";
import type { MadeFolder } from "../../recipe/made/made.ts";
import { quoteName } from "../../tar/name.ts";
import { BUILD_FOLDER, isOfImage } from "../environment/places.ts";

/** The name that dockerTools gives to the user and to the group. */
export const USER_NAME = "nixbld";

/** The user that builds, in numbers, as dockerTools has it by default. */
export interface ShellUser {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** The users and groups that are there already. */
const TAKEN = new Map([[0, "root"], [65_534, "nobody"]]);

/** Folders that are everybody's, or nobody's. */
const OF_ALL = new Set(["/tmp", "/var", "/var/tmp", "/var/empty"]);

/** Completes the user. @throws NixociError `USAGE` for a uid that is taken, and for a home that is no place. */
export function completeUser(
  { uid = 1000, gid = 1000, home = BUILD_FOLDER }: {
    readonly uid?: number | undefined;
    readonly gid?: number | undefined;
    readonly home?: string | undefined;
  },
): ShellUser {
  const owner = TAKEN.get(uid);
  if (owner !== undefined) {
    throw new NixociError("USAGE", `The uid ${uid} is taken: it is ${owner}'s`, {
      hint: "take another one, and start containers of another user with docker run --user",
    });
  }
  const isPlace = /^\/[^:\n]+$/.test(home) && posix.normalize(home) === home && !home.endsWith("/");
  if (!isPlace || isOfImage(home) || OF_ALL.has(home)) {
    throw new NixociError("USAGE", `${quoteName(home)} cannot be a home`, {
      hint: "write a folder that nobody else has: /home/me",
    });
  }
  return { uid, gid, home };
}

/** Formats the user and the group as lines of `/etc/passwd` and `/etc/group`. */
export function formatUserLines({ uid, gid, home }: ShellUser, shell: string) {
  return {
    extraPasswdLines: [`${USER_NAME}:x:${uid}:${gid}:Build user:${home}:${shell}`],
    extraGroupLines: TAKEN.has(gid) ? [] : [`${USER_NAME}:!:${gid}:`],
  };
}

/**
 * Lists the folders that builds need. All users of the container may add to the store and to the
 * build's folder, for engines give it other users than the image's; what is there stays its owner's.
 */
export function listFolders({ uid, gid, home }: ShellUser, storeDir: string): MadeFolder[] {
  const own = (path: string, mode: number) =>
    ({ type: "directory", path, mode, uid, gid }) as const;
  return [
    own(posix.dirname(storeDir), 0o755),
    own(storeDir, 0o1777),
    own(BUILD_FOLDER, 0o1777),
    ...(home === BUILD_FOLDER ? [] : [own(home, 0o755)]),
    { type: "directory", path: "/var/tmp", mode: 0o1777 },
    { type: "directory", path: "/run" },
  ];
}
