/** Plans the place in which a command runs: what is mounted there, and what it is called with. */
import { accessSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { NixociError } from "../../base/errors.ts";
import { quoteName } from "../../tar/name.ts";
import type { ProcessGroup } from "../system/cgroup.ts";
import type { SandboxCommand, SharedFolder } from "../command.ts";
import type { Fakeroot } from "../system/fakeroot.ts";
import { type FindEntry, followEntry } from "../tree/follow.ts";
import { HELPER_ENVIRONMENT } from "../system/environment.ts";
import { MOUNTED } from "./mounted.ts";
import type { LentFile } from "./network-files.ts";
import type { RunPlace } from "./scripts.ts";
import { formatRefusalScript } from "./static-programs.ts";
import type { UserIds } from "./user.ts";
import { variablesOf, wrapCommand } from "./variables.ts";

/** The most processes at a time, where nothing else is said. */
export const MOST_PROCESSES = 4096;

/** The mode of a room: anybody may write there. */
const ROOM_MODE = "1777";

/** The place, and the words of its inner script. */
type Planned =
  & Pick<RunPlace, "at" | "points" | "files" | "fakeroot" | "namespaces">
  & { readonly words: readonly string[] };

/** The means of a plan, besides the command. */
export interface PlanMeans {
  readonly user: UserIds;
  readonly find: FindEntry;
  /** The group that counts the command's processes, where there can be one. */
  readonly group: ProcessGroup | undefined;
  /** The path of its program. */
  readonly program: string;
  /** Keeps the owners that it sets. */
  readonly fakeroot: Fakeroot | undefined;
  /** Files that it finds besides. */
  readonly lent: readonly LentFile[];
}

/**
 * Plans the place. Every folder that something is mounted on is named without links: a link of an
 * image would lead out of it.
 * @throws NixociError `UNSUPPORTED` where a folder is needed and the tree has something else.
 */
export function describePlace(
  command: SandboxCommand,
  { user, find, group, lent, fakeroot, program }: PlanMeans,
): Planned {
  const at = (command.at ?? "/").split("/").filter(Boolean).join("/");
  const place = (path: string) => locateFolder(path, at, find);
  if (at === "") MOUNTED.forEach((name) => checkNoLink(name, find));
  const shares = selectShares(command, find).map((one) => ({ ...one, at: place(one.at) }));
  const rooms = (command.rooms ?? []).map(place);
  const folder = place(command.folder ?? "/");
  const { processes = MOST_PROCESSES, size } = command.limits ?? {};
  return {
    at,
    points: [...MOUNTED.map(place), ...shares.map((one) => one.at), ...rooms, folder]
      .filter((point) => point !== "" && !isBelow(point, rooms)),
    fakeroot,
    files: lent.map((one) => one.at),
    namespaces: [
      ..."--mount --pid --fork --kill-child --uts".split(" "),
      // The server of fakeroot is outside, and it talks to the command by messages.
      ...fakeroot === undefined ? ["--ipc"] : [],
      ...command.network === true ? [] : ["--net"],
    ],
    words: [
      ...shares.flatMap((one) => ["share", one.from, one.at]),
      ...rooms.flatMap((room) => ["room", room, ROOM_MODE]),
      ...lent.flatMap((one) => ["lent", one.name, one.at]),
      ...isBelow(folder, rooms) ? ["folder", folder] : [],
      ...group === undefined ? [] : ["group", group.procs],
      ...fakeroot === undefined ? [] : [
        "fakeroot",
        fakeroot.library,
        formatRefusalScript(isShell(program) ? program : "/bin/sh"),
      ],
      ...at === "" ? [] : ["sealed"],
      ...["limits", formatLimits(processes, size), "groups", formatGroups(user).join(" ")],
      "--",
      ...variablesOf(command, user, find),
      findInPath("unshare"),
      "--root=.",
      `--wd=/${folder}`,
      ...formatUser(user),
      "--",
      ...wrapCommand(command, find),
    ],
  };
}

/** Checks that a folder of every command can be where it has to be. */
export function checkNoLink(name: string, find: FindEntry): void {
  const type = find(name)?.type ?? "directory";
  if (type !== "directory") throw notFolderError(`/${name}`, type);
}

/** Selects the folders that are shared: a spare one gives way to the tree's own. */
export function selectShares(
  { shares = [], at = "/" }: SandboxCommand,
  find: FindEntry,
): readonly SharedFolder[] {
  return shares.filter((one) => {
    return !one.isSpare || at !== "/" || find(followEntry(find, one.at)) === undefined;
  });
}

/** Selects what is copied where nothing can be mounted: what is needed, and nothing spare. */
export async function selectCopies({ shares = [] }: SandboxCommand): Promise<SharedFolder[]> {
  const firm = shares.filter(({ isSpare }) => !isSpare);
  return (await Promise.all(firm.map((one) => one.listNeeded?.() ?? [one]))).flat();
}

/** Returns where a folder is, without slashes around it. */
export function locateFolder(path: string, at: string, find: FindEntry): string {
  const plain = path.split("/").filter(Boolean).join("/");
  if (at !== "" && plain !== at && !plain.startsWith(`${at}/`)) return plain;
  const below = at === "" ? plain : plain.slice(at.length + 1);
  const real = followEntry(find, below);
  const there = find(real)?.type ?? "directory";
  if (there === "directory") return [at, real].filter(Boolean).join("/");
  throw notFolderError(path, there);
}

function notFolderError(path: string, type: string): NixociError {
  return new NixociError("UNSUPPORTED", `${quoteName(path)} has to be a folder, but is a ${type}`);
}

/** Writes limits as flags of `prlimit`: nobody may have more than this process has. */
export function formatLimits(processes: number, size: number | undefined): string {
  const text = readFileSync("/proc/self/limits", "utf8");
  const limit = (name: string, wanted: number): number => {
    const hard = new RegExp(`^${name} +\\S+ +(\\d+)`, "m").exec(text)?.[1];
    return hard === undefined ? wanted : Math.min(wanted, Number(hard));
  };
  const most = `--nproc=${limit("Max processes", processes)}`;
  return size === undefined ? most : `${most} --fsize=${limit("Max file size", size)}`;
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(`${folder}/`));
}

function isShell(program: string): boolean {
  return /\/(?:ba|da)?sh$/.test(program);
}

/** Returns the flags of `unshare` and `nsenter` for a user; with a group, they would drop the others. */
export function formatUser({ uid }: UserIds): string[] {
  return uid === 0 ? [] : ["--setuid", String(uid)];
}

/** Returns the flags of `setpriv` for a user's groups. */
export function formatGroups({ gid, groups }: UserIds): string[] {
  if (groups === undefined) return [];
  const others = groups.length === 0 ? ["--clear-groups"] : ["--groups", groups.join()];
  return ["--regid", String(gid), ...others];
}

/** Finds a program of this machine. @throws NixociError `UNSUPPORTED`. */
export function findInPath(name: string): string {
  for (const folder of HELPER_ENVIRONMENT.PATH.split(":")) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  throw new NixociError("UNSUPPORTED", `Cannot run a command here: there is no ${name}`, {
    hint: "install util-linux",
  });
}
