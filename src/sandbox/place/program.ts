/** Finds the program of a command, and tells whether this machine can run it. */
import { closeSync, lstatSync, openSync, readSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { NixociError } from "../../base/errors.ts";
import { quoteName } from "../../tar/name.ts";
import type { SandboxCommand, SharedFolder } from "../command.ts";
import { type FindEntry, followEntry } from "../tree/follow.ts";
import { foreignMachineOf } from "./machine.ts";

/** The `PATH` of commands whose variables have none, as Docker has it. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The files that a command sees. */
export interface VisibleFiles {
  readonly find: FindEntry;
  /** Reads the first bytes of a file of the tree. */
  readHead(path: string): Promise<Buffer | undefined>;
}

/** A program that this machine can run. */
export interface Program {
  /** Its path, inside. */
  readonly path: string;
  /** The first bytes of what the system runs in the end. */
  readonly head: Buffer | undefined;
}

/**
 * Checks that the program of a command is there, and of this machine's architecture, or one that
 * the system has an interpreter for.
 * @throws NixociError `NOT_FOUND`, `UNSUPPORTED`.
 */
export async function checkProgram(
  command: SandboxCommand,
  files: VisibleFiles,
): Promise<Program> {
  const [name = ""] = command.argv;
  const path = listPlaces(name, command).find((one) => hasFile(one, command, files));
  if (path === undefined) {
    throw new NixociError("NOT_FOUND", `the image has no program ${quoteName(name)}`, {
      hint: name.includes("/")
        ? "see what there is with nixoci ls"
        : "see its PATH, or name a path",
    });
  }
  return { path, head: await checkMachine(path, command, files) };
}

/** Lists the paths that a name may mean, in the order in which they are tried. */
function listPlaces(name: string, { env = [], folder = "/" }: SandboxCommand): string[] {
  if (name.includes("/")) return [isAbsolute(name) ? normalize(name) : join(folder, name)];
  const set = env.findLast((one) => one.startsWith("PATH="))?.slice(5) ?? DEFAULT_PATH;
  return set.split(":").map((part) => join(part || folder, name));
}

function hasFile(path: string, command: SandboxCommand, files: VisibleFiles): boolean {
  const shared = sharedPathOf(path, command.shares);
  if (shared !== undefined) return lstatSync(shared, { throwIfNoEntry: false }) !== undefined;
  const found = locate(path, command, files);
  if (found === undefined) return false;
  const again = sharedPathOf(`/${found}`, command.shares);
  return again !== undefined || files.find(found)?.type === "file";
}

/** Returns the path in the tree, with links followed; `undefined` outside of the tree. */
function locate(
  path: string,
  { at = "/" }: SandboxCommand,
  files: VisibleFiles,
): string | undefined {
  if (at !== "/" && !path.startsWith(`${at}/`)) return undefined;
  return followEntry(files.find, at === "/" ? path : path.slice(at.length));
}

function sharedPathOf(path: string, shares: readonly SharedFolder[] = []): string | undefined {
  const share = shares.find(({ at }) => path.startsWith(`${at}/`));
  return share && share.from + path.slice(share.at.length);
}

/** Follows `#!` as often as the kernel does, and proves that this machine can run what is run in the end. */
async function checkMachine(
  path: string,
  command: SandboxCommand,
  files: VisibleFiles,
  depth = 0,
): Promise<Buffer | undefined> {
  const head = await readHeadOf(path, command, files);
  if (head === undefined) return undefined; // the system will say it
  const script = /^#![ \t]*(\/[^ \t\n]+)/.exec(head.toString("latin1"))?.[1];
  if (script !== undefined && depth < 4) return checkMachine(script, command, files, depth + 1);
  const machine = foreignMachineOf(head);
  if (machine === undefined) return head;
  throw new NixociError("UNSUPPORTED", `${quoteName(path)} is a program for ${machine}`, {
    hint: "install qemu-user-static with binfmt_misc entries of the flag F, " +
      "or run it on such a machine",
  });
}

/**
 * Finds a program that this machine cannot run among the words that a failed command has printed:
 * shells say little of it, or take it for a script.
 */
export async function findForeignProgram(
  printed: string,
  command: SandboxCommand,
  files: VisibleFiles,
): Promise<unknown> {
  const words = new Set(printed.match(/[^\s:'"`‘’]+/g)?.slice(-MOST_WORDS));
  for (const path of [...words].flatMap((word) => listPlaces(word, command))) {
    try {
      if (hasFile(path, command, files)) await checkMachine(path, command, files);
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

/** More words are not looked at. */
const MOST_WORDS = 200;

async function readHeadOf(
  path: string,
  command: SandboxCommand,
  files: VisibleFiles,
): Promise<Buffer | undefined> {
  const found = locate(path, command, files);
  const shared = sharedPathOf(path, command.shares) ??
    (found === undefined ? undefined : sharedPathOf(`/${found}`, command.shares));
  if (shared !== undefined) return readHead(shared);
  return found === undefined ? undefined : await files.readHead(found);
}

/** Reads the first bytes of a file of this machine; `undefined` where that cannot be done. */
export function readHead(path: string): Buffer | undefined {
  try {
    const fd = openSync(path, "r");
    try {
      const head = Buffer.alloc(4096);
      return head.subarray(0, readSync(fd, head, 0, head.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
