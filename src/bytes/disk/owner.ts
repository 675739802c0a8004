/**
 * Names the process that made a temporary file or holds a lock, so that another process can tell
 * whether it is still alive. A pid alone is not enough: it is used again, and means nothing in
 * another container.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isSystemError } from "../../base/errors.ts";

/** A process as a file name describes it: its pid namespace, its pid, its start. */
export interface OwnerProcess {
  /** A hash of the boot and the pid namespace, in which a pid is unique, or else of the host. */
  readonly place: string;
  readonly pid: number;
  /** Clock ticks from boot to the start of the process; 0 where there is no /proc. */
  readonly start: string;
}

/** The state of a process; `unknown` for one of another machine, boot or container. */
export type Fate = "alive" | "dead" | "unknown";

const NAME = /^\.nixoci-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{16}\.tmp$/;

let self: OwnerProcess | undefined;
// All names of this thread have this; the number is the next name's.
let prefix: string | undefined;
let made = 0;

/** Makes a new name for a file that this process will remove: `.nixoci-<place>-<pid>-<start>-….tmp`. */
export function makeTemporaryName(): string {
  self ??= {
    place: readPlaceHash(),
    pid: process.pid,
    start: readStart(process.pid)?.ticks ?? "0",
  };
  prefix ??= randomBytes(4).toString("hex"); // the names of another thread begin otherwise
  const unique = prefix + (made++).toString(16).padStart(8, "0");
  return `.nixoci-${self.place}-${self.pid}-${self.start}-${unique}.tmp`;
}

/** Returns the process that made the name; `undefined` when {@link makeTemporaryName} did not make it. */
export function ownerOf(name: string): OwnerProcess | undefined {
  const match = NAME.exec(name);
  return match === null ? undefined : { place: match[1]!, pid: Number(match[2]), start: match[3]! };
}

/** Finds out whether a process is alive. */
export function fateOf(owner: OwnerProcess): Fate {
  if (owner.place !== readPlaceHash()) return "unknown";
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM means a living process of another user.
    if (isSystemError(error, "ESRCH")) return "dead";
  }
  const now = readStart(owner.pid);
  if (now === undefined || owner.start === "0") return "alive";
  return now.ticks === owner.start && !now.ended ? "alive" : "dead";
}

let here: string | undefined;

function readPlaceHash(): string {
  return here ??= createHash("sha256").update(readPidSpace()).digest("hex").slice(0, 8);
}

function readPidSpace(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/**
 * Reads when a process started, and whether it has ended and only waits to be reaped.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html fields 3 and 22
 */
function readStart(pid: number): { ticks: string; ended: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the command in brackets, and may hold both spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { ticks: fields[19]!, ended: fields[0] === "Z" || fields[0] === "X" };
  } catch {
    return undefined;
  }
}
