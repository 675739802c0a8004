/** The machine that a program is for, and whether this one can run it. */
import { readdirSync, readFileSync } from "node:fs";

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

/**
 * Names the machine that a program is for, where neither this one nor an interpreter of the system can
 * run it.
 * @param head the first bytes of the program.
 */
export function foreignMachineOf(head: Buffer): string | undefined {
  if (!head.toString("latin1", 0, 4).startsWith("\x7fELF") || head.length < 20) return undefined;
  const machine = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
  if (MACHINES[process.arch]?.includes(machine) !== false || hasInterpreter(head)) return undefined;
  return MACHINE_NAMES[machine] ?? `machine ${machine}`;
}

/** Tells whether a program loads glibc, as libraries that are loaded before others must find it. */
export function hasGlibc(head: Buffer | undefined): boolean {
  return /\0\/[^\0]*\/ld(?:-linux[^\0\/]*|64)\.so\.\d/.test(head?.toString("latin1") ?? "");
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
