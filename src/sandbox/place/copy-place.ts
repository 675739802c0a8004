/** Plans the run of a command on a copy of a tree. */
import { dirname } from "node:path";
import type { SandboxCommand } from "../command.ts";
import type { CopyPlace } from "./copy-script.ts";
import {
  checkNoLink,
  findInPath,
  formatGroups,
  formatLimits,
  formatUser,
  locateFolder,
  MOST_PROCESSES,
  type PlanMeans,
  selectShares,
} from "./place.ts";
import { MOUNTED } from "./mounted.ts";
import { variablesOf, wrapCommand } from "./variables.ts";
import type { LentFile } from "./network-files.ts";

type CopyPlan = Pick<
  CopyPlace,
  "points" | "rooms" | "lent" | "copies" | "words" | "makesDevices" | "tree" | "group"
>;

/**
 * Plans the run, in bubblewrap or by chroot.
 * @throws NixociError `UNSUPPORTED` where a folder is needed and the tree has something else.
 */
export function describeCopy(
  command: SandboxCommand,
  kind: "bubblewrap" | "chroot",
  { user, find, group, lent }: PlanMeans,
): CopyPlan {
  const at = (command.at ?? "/").split("/").filter(Boolean).join("/");
  const place = (path: string) => locateFolder(path, at, find);
  if (at === "") MOUNTED.forEach((name) => checkNoLink(name, find));
  const rooms = (command.rooms ?? []).map(place);
  const folder = place(command.folder ?? "/");
  const shares = selectShares(command, find).map((one) => ({ ...one, at: place(one.at) }));
  const copies = kind === "chroot" ? shares : [];
  const { processes = MOST_PROCESSES, size } = command.limits ?? {};
  const above = lent.map((one) => dirname(one.at));
  const holders = kind === "chroot"
    ? copies.map((one) => dirname(one.at))
    : shares.map((one) => one.at);
  const points = [...MOUNTED, ...holders, ...rooms, folder, ...above];
  return {
    tree: at === "" ? "copy" : `copy/${at}`,
    group: group?.procs,
    points: at === ""
      ? listMissing(points, find)
      : kind === "chroot"
      ? [...MOUNTED, ...holders, ...rooms, ...above]
      : [],
    rooms: kind === "chroot" ? rooms : [],
    lent: at === "" || kind === "chroot" ? lent : [],
    copies,
    makesDevices: kind === "chroot",
    words: [
      "prlimit",
      ...formatLimits(processes, size).split(" "),
      ..."env -i".split(" "),
      ...variablesOf(command, user, find),
      ...kind === "chroot"
        ? [
          findInPath("setpriv"),
          ...formatGroups(user),
          findInPath("nsenter"),
          "--root=copy",
          `--wd=copy/${folder}`,
          ...formatUser(user),
        ]
        : formatBubblewrap(command, { at, rooms, folder, shares, lent }),
      "--",
      ...wrapCommand(command, find),
    ],
  };
}

/** The mounts of bubblewrap. */
interface Mounted {
  readonly at: string;
  readonly rooms: readonly string[];
  readonly folder: string;
  readonly shares: readonly { readonly from: string; readonly at: string }[];
  readonly lent: readonly LentFile[];
}

function formatBubblewrap(
  command: SandboxCommand,
  { at, rooms, folder, shares, lent }: Mounted,
): string[] {
  return [
    findInPath("bwrap"),
    ..."--unshare-user --uid 0 --gid 0 --unshare-pid --unshare-ipc --unshare-uts".split(" "),
    ...command.network === true ? [] : ["--unshare-net"],
    ..."--die-with-parent --new-session".split(" "),
    ...["--bind", at === "" ? "copy" : `copy/${at}`, `/${at}`],
    ..."--dev /dev --proc /proc --ro-bind /sys /sys".split(" "),
    ...command.script === undefined ? [] : ["--ro-bind", "script", "/dev/nixoci-script"],
    ...shares.flatMap((one) => ["--ro-bind", one.from, `/${one.at}`]),
    ...rooms.flatMap((room) => ["--perms", "1777", "--tmpfs", `/${room}`]),
    ...lent.flatMap((one) => ["--bind", one.name, `/${one.at}`]),
    ...at === "" ? [] : ["--remount-ro", "/"],
    ...["--chdir", `/${folder}`],
  ];
}

/** Lists folders that are not in the tree, those above them first. */
function listMissing(paths: readonly string[], find: PlanMeans["find"]): string[] {
  const missing = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    for (let n = 1; n <= parts.length; n++) {
      const folder = parts.slice(0, n).join("/");
      if (find(folder) === undefined) missing.add(folder);
    }
  }
  return [...missing];
}
