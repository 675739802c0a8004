/** The output of scripts, and what a failure says. */
import { describe, expect, it } from "vitest";
import { NixociError } from "../../../src/base/errors.ts";
import { explainScriptFailure } from "../../../src/compose/scripts/failure.ts";
import { watchOutput } from "../../../src/compose/scripts/output.ts";
import type { LayerScript } from "../../../src/compose/scripts/script.ts";

const extraCommands: LayerScript = {
  field: "extraCommands",
  text: "",
  isRoot: false,
  seesBase: false,
  ownsFiles: false,
};
const failed = new NixociError("FAILED", "exit status 3", {
  hint: "what it printed says why",
});
const links = new Map([["/etc/passwd", "/nix/store/x-nss/etc/passwd"]]);

function explain(printed: string, script = extraCommands, error: unknown = failed): string {
  const output = watchOutput(script.field, undefined);
  output.add(Buffer.from(printed));
  output.end();
  const { message, hint } = explainScriptFailure(error, script, output, () => links);
  return `${message}; ${hint}`;
}

describe("output", () => {
  it("is told line by line, however it comes", () => {
    const lines: string[] = [];
    const output = watchOutput("run[0]", ({ code, message }) => lines.push(`${code} ${message}`));
    const bytes = Buffer.from("one\ntwö\n\nlast");
    for (const byte of bytes) output.add(Uint8Array.of(byte));
    output.end();
    output.end();
    expect(lines).toEqual(["one", "twö", "", "last"].map((line) => `OUTPUT run[0]: ${line}`));
  });

  it("is cut where a line has no end", () => {
    let longest = 0;
    const output = watchOutput("x", ({ message }) => longest = Math.max(longest, message.length));
    for (let i = 0; i < 100; i++) output.add(Buffer.alloc(1000, "x"));
    expect(longest).toBeGreaterThan(8000);
    expect(longest).toBeLessThan(10_000);
  });
});

describe("the failure of a script", () => {
  it("has its field, its line and its status", () => {
    expect(explain("a\n/dev/nixoci-script: line 5: exit status 3\n")).toBe(
      "extraCommands: line 5: exit status 3; what it printed says why",
    );
    expect(explain("a\n")).toBe("extraCommands: exit status 3; what it printed says why");
    // As busybox has it for what is no line's fault.
    expect(explain("/dev/nixoci-script: line 0: can't fork\n")).toBe(
      "extraCommands: exit status 3; what it printed says why",
    );
  });

  it("says what to do about a write to the store, by way of a link", () => {
    const line = "/dev/nixoci-script: line 1: etc/passwd: Read-only file system\n";
    expect(explain(line)).toContain(
      "; /etc/passwd is a link to /nix/store/x-nss/etc/passwd, and nothing is written there: put a " +
        "copy in its place first",
    );
    const copied =
      "nixoci: /nix/store/x-nss/etc/passwd was written to, but is a read-only file system";
    expect(explain(`${copied}\n`)).toContain(
      "; /etc/passwd is a link to /nix/store/x-nss/etc/passwd",
    );
    expect(explain("mkdir: cannot create directory '/data': Read-only file system\n"))
      .toContain("write below the working folder, which becomes /");
    expect(explain("can't create /proc/sys/kernel/hostname: Read-only file system\n"))
      .toContain("what is in /proc/sys and /sys is this machine's");
    const isRoot = { ...extraCommands, isRoot: true };
    expect(explain("touch: /nix/store/x: Read-only file system\n", isRoot))
      .toContain("the store cannot be written to");
  });

  it("says what to do about missing programs, and about users", () => {
    expect(explain("/dev/nixoci-script: line 2: rsync: command not found\n"))
      .toContain("line 2: exit status 3; name store paths that have the program in tools");
    expect(explain("chown: a: Invalid argument\n")).toContain(
      "has no subordinate IDs (/etc/subuid",
    );
    const useradd = "useradd: cannot lock /etc/passwd; try again later.\n";
    expect(explain(useradd)).toContain("; users are added at /: set enableFakechroot");
    expect(explain(useradd, { ...extraCommands, isRoot: true })).toContain("; what it printed");
  });

  it("says what to do about a full disk, and about programs of other machines", () => {
    expect(explain("dd: error writing '/big': No space left on device\n"))
      .toContain("; free some space in nixoci's cache, or set NIXOCI_CACHE_DIR to another folder");
    for (
      const line of [
        "bash: /bin/x: cannot execute binary file: Exec format error",
        "sh: Exec format error",
      ]
    ) {
      expect(explain(`${line}\n`)).toContain("; install qemu-user-static with binfmt_misc");
    }
  });

  it("is another one where the system lets nothing run", () => {
    const refused = new NixociError("UNSUPPORTED", "Cannot run a command here", {
      hint: "be root",
    });
    expect(explain("", extraCommands, refused))
      .toBe("extraCommands: Cannot run a command here; be root");
    const foreign = new NixociError("UNSUPPORTED", '"/bin/x" is for arm64', { hint: "qemu" });
    expect(explain("/dev/nixoci-script: line 9: x\n", extraCommands, foreign))
      .toBe('extraCommands: line 9: "/bin/x" is for arm64; qemu');
  });
});
