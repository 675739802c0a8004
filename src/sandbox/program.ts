/** Finds the program of a command, and tells whether this machine can run it. */
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { NixociError } from "../base/errors.ts";
import { quoteName } from "../tar/name.ts";
import type { SandboxCommand, SharedFolder } from "./command.ts";
import { type FindEntry, followEntry } from "./follow.ts";

/** The `PATH` of commands whose variables have none, as Docker has it. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The files that a command sees. */
export interface VisibleFiles {
  readonly find: FindEntry;
  /** Returns the path on this machine of a file of the tree. */
  diskPathOf(path: string): string | undefined;
}

/**
 * Checks that the program of a command is there, and of this machine's architecture, or one that
 * the system has an interpreter for.
 * @returns the first bytes of the program that the system runs in the end.
 * @throws NixociError `NOT_FOUND`, `UNSUPPORTED`.
 */
export function checkProgram(command: SandboxCommand, files: VisibleFiles): Buffer | undefined {
  const [name = ""] = command.argv;
  const path = listPlaces(name, command).find((one) => hasFile(one, command, files));
  if (path === undefined) {
    throw new NixociError("NOT_FOUND", `the image has no program ${quoteName(name)}`, {
      hint: name.includes("/")
        ? "see what there is with nixoci ls"
        : "see its PATH, or name a path",
    });
  }
  return checkMachine(path, command, files, 0);
}

/** Lists the paths that a name may mean, in the order in which they are tried. */
function listPlaces(name: string, { env = [], folder = "/" }: SandboxCommand): string[] {
  if (name.includes("/")) return [isAbsolute(name) ? name : join(folder, name)];
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

/** ELF's numbers of the machines that Node runs on. */
const MACHINES: Readonly<Record<string, readonly number[]>> = {
  x64: [62, 3],
  ia32: [3],
  arm64: [183, 40],
  arm: [40],
  riscv64: [243],
  ppc64: [21],
  s390x: [22],
  loong64: [258],
  mips64el: [8],
};

const MACHINE_NAMES: Readonly<Record<number, string>> = {
  3: "386",
  8: "mips64",
  21: "ppc64",
  22: "s390x",
  40: "arm",
  62: "amd64",
  183: "arm64",
  243: "riscv64",
  258: "loong64",
};

/** Follows `#!` as often as the kernel does, and compares the machine of what is run in the end. */
function checkMachine(
  path: string,
  command: SandboxCommand,
  files: VisibleFiles,
  depth: number,
): Buffer | undefined {
  const found = locate(path, command, files);
  const disk = sharedPathOf(path, command.shares) ??
    (found === undefined
      ? undefined
      : sharedPathOf(`/${found}`, command.shares) ?? files.diskPathOf(found));
  const head = disk === undefined ? undefined : readHead(disk);
  if (head === undefined) return undefined; // the system will say it
  const script = /^#![ \t]*(\/[^ \t\n]+)/.exec(head.toString("latin1"))?.[1];
  if (script !== undefined && depth < 4) return checkMachine(script, command, files, depth + 1);
  if (!head.toString("latin1", 0, 4).startsWith("\x7fELF") || head.length < 20) return head;
  const machine = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
  if (MACHINES[process.arch]?.includes(machine) !== false || hasInterpreter(head)) return head;
  const name = MACHINE_NAMES[machine] ?? `machine ${machine}`;
  throw new NixociError("UNSUPPORTED", `${quoteName(path)} is a program for ${name}`, {
    hint: "install qemu-user-static with binfmt_misc entries of the flag F, " +
      "or run it on such a machine",
  });
}

/** Tells whether a program loads glibc, as libraries that are loaded before others must find it. */
export function hasGlibc(head: Buffer | undefined): boolean {
  return /\0\/[^\0]*\/ld(?:-linux[^\0\/]*|64)\.so\.\d/.test(head?.toString("latin1") ?? "");
}

function readHead(path: string): Buffer | undefined {
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

const BINFMT = "/proc/sys/fs/binfmt_misc";

/**
 * Tells whether the system has an interpreter for such a program, which it opened beforehand (flag
 * F): inside, there is none.
 * @see https://www.kernel.org/doc/html/latest/admin-guide/binfmt-misc.html
 */
function hasInterpreter(head: Buffer): boolean {
  try {
    return readdirSync(BINFMT).some((name) => {
      if (name === "register" || name === "status") return false;
      const text = readFileSync(`${BINFMT}/${name}`, "latin1");
      const field = (key: string) => new RegExp(`^${key}:? (.*)$`, "m").exec(text)?.[1];
      const [magic, mask] = [field("magic"), field("mask")].map((hex) =>
        Buffer.from(hex ?? "", "hex")
      );
      if (!text.startsWith("enabled") || !field("flags")?.includes("F")) return false;
      if (magic === undefined || magic.length === 0 || Number(field("offset") ?? 0) > 0) {
        return false;
      }
      return magic.every((byte, i) => ((head[i]! ^ byte) & (mask?.[i] ?? 0xff)) === 0);
    });
  } catch {
    return false;
  }
}
