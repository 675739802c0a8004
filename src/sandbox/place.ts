/** Plans the place in which a command runs: what is mounted there, and what it is called with. */
import { accessSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { NixociError } from "../base/errors.ts";
import { quoteName } from "../tar/name.ts";
import type { ProcessGroup } from "./cgroup.ts";
import type { SandboxCommand, SharedFolder } from "./command.ts";
import { type FindEntry, followEntry } from "./follow.ts";
import { HELPER_ENVIRONMENT } from "./helper.ts";
import type { RunPlace } from "./scripts.ts";
import type { UserIds } from "./user.ts";

/** Folders of every command. */
const MOUNTED = ["dev", "proc", "sys"];

/** The most processes at a time, where nothing else is said. */
export const MOST_PROCESSES = 4096;

/** The mode of a room: anybody may write there. */
const ROOM_MODE = "1777";

type Planned = Pick<RunPlace, "at" | "points" | "namespaces" | "words">;

/** The means of a plan, besides the command. */
export interface PlanMeans {
  readonly user: UserIds;
  readonly find: FindEntry;
  /** The group that counts the command's processes, where there can be one. */
  readonly group: ProcessGroup | undefined;
}

/**
 * Plans the place. Every folder that something is mounted on is named without links: a link of an
 * image would lead out of it.
 * @throws NixociError `UNSUPPORTED` where a folder is needed and the tree has something else.
 */
export function describePlace(
  command: SandboxCommand,
  { user, find, group }: PlanMeans,
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
    namespaces: [
      ..."--mount --pid --fork --kill-child --ipc --uts".split(" "),
      ...command.network === true ? [] : ["--net"],
    ],
    words: [
      ...shares.flatMap((one) => ["share", one.from, one.at]),
      ...rooms.flatMap((room) => ["room", room, ROOM_MODE]),
      ...isBelow(folder, rooms) ? ["folder", folder] : [],
      ...group === undefined ? [] : ["group", group.procs],
      ...at === "" ? [] : ["sealed"],
      "limits",
      formatLimits(processes, size),
      "--",
      ...wrapCommand(command, user, folder, find),
    ],
  };
}

/** Checks that a folder of every command can be where it has to be. */
function checkNoLink(name: string, find: FindEntry): void {
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

/** Returns where a folder is, without slashes around it. */
function locateFolder(path: string, at: string, find: FindEntry): string {
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
function formatLimits(processes: number, size: number | undefined): string {
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

/**
 * Variables that change how programs of this machine are loaded, too: `unshare`, the last of them,
 * should not see them, so a program of the image sets them, where there is one.
 */
const LOADER = /^(?:LD_|GLIBC_TUNABLES=|MALLOC_)/;

const ENV_PROGRAMS = ["usr/bin/env", "bin/env"];

/** Returns the words that follow `env -i`: variables, then what enters the root and the command. */
function wrapCommand(
  command: SandboxCommand,
  user: UserIds,
  folder: string,
  find: FindEntry,
): string[] {
  const { argv, env: given = [], setsHome = false } = command;
  const hasHome = !setsHome || given.some((one) => one.startsWith("HOME="));
  const env = hasHome ? given : [...given, `HOME=${user.home ?? "/"}`];
  const setter = ENV_PROGRAMS.find((path) => find(followEntry(find, path))?.type === "file");
  const isLate = (one: string) => setter !== undefined && LOADER.test(one);
  const late = env.filter(isLate);
  return [
    ...env.filter((one) => !isLate(one)),
    findHelper("unshare"),
    "--root=.",
    `--wd=/${folder}`,
    ...user.uid === 0 && user.gid === 0
      ? []
      : ["--setgid", String(user.gid), "--setuid", String(user.uid)],
    "--",
    ...late.length === 0 ? [] : [`/${setter}`, ...late],
    ...argv,
  ];
}

/** Finds a program of this machine. @throws NixociError `UNSUPPORTED`. */
function findHelper(name: string): string {
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
