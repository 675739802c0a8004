/**
 * Groups of processes that the kernel counts: the limit of a user's processes does not hold for the
 * machine's root.
 * @see https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v2.html#pid
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { setTimeout } from "node:timers/promises";
import { dirname, join } from "node:path";
import { fateOf, makeTemporaryName, ownerOf } from "../../bytes/disk/owner.ts";

/** A group with room for so many processes. */
export interface ProcessGroup extends AsyncDisposable {
  /** The file by which a process joins: it writes 0. */
  readonly procs: string;
}

const ROOT = "/sys/fs/cgroup";

/** Makes a group; `undefined` where this process may not. */
export function makeProcessGroup(most: number): ProcessGroup | undefined {
  for (const parent of listParents()) {
    const folder = join(parent, makeTemporaryName());
    try {
      sweepGroups(parent);
      mkdirSync(folder);
      writeFileSync(join(folder, "pids.max"), String(most));
      return { procs: join(folder, "cgroup.procs"), [Symbol.asyncDispose]: () => remove(folder) };
    } catch {
      removeQuietly(folder);
    }
  }
  return undefined;
}

/** Lists where groups might be made: below ours (version 1), and beside it (version 2). */
function listParents(): string[] {
  let lines: RegExpStringIterator<RegExpExecArray>;
  try {
    lines = readFileSync("/proc/self/cgroup", "utf8").matchAll(/^\d+:([^:\n]*):(\/[^\n]*)$/gm);
  } catch {
    return [];
  }
  return [...lines].flatMap(([, controllers = "", path = "/"]) => {
    if (controllers.split(",").includes("pids")) return [join(ROOT, "pids", path)];
    if (controllers !== "") return [];
    return [join(ROOT, path), join(ROOT, dirname(path))];
  }).filter((parent) => existsSync(join(parent, "cgroup.procs")));
}

/** Removes groups of dead processes. */
function sweepGroups(parent: string): void {
  for (const name of readdirSync(parent)) {
    const owner = ownerOf(name);
    if (owner !== undefined && fateOf(owner) === "dead") removeQuietly(join(parent, name));
  }
}

/** Removes a group, once its last process is gone. */
async function remove(folder: string): Promise<void> {
  for (let tries = 0; !removeQuietly(folder) && tries < 100; tries++) await setTimeout(10);
}

function removeQuietly(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return !existsSync(folder);
  }
}
