/** What GNU tar and Python make of an archive, in our words. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TarEntry, TarType } from "../../../src/tar/entry.ts";

/** What every reader tells of a member. The slash after a directory is Python's to drop. */
export interface Listed {
  readonly path: string;
  readonly type: TarType;
  readonly linkpath: string;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds. */
  readonly mtime: number;
  readonly device: string;
}

export function listed(entry: TarEntry): Listed {
  const { path, type, linkpath, size, mode, uid, gid, mtime, devmajor, devminor } = entry;
  const seconds = (mtime - ((mtime % SECOND) + SECOND) % SECOND) / SECOND;
  const device = type === "char" || type === "block" ? `${devmajor},${devminor}` : "";
  const plain = path.replace(/\/+$/, "");
  return { path: plain, type, linkpath, size, mode, uid, gid, mtime: Number(seconds), device };
}

const SECOND = 1_000_000_000n;

export const hasGnuTar = /GNU tar/.test(spawnSync("tar", ["--version"]).stdout?.toString() ?? "");
export const hasPython = spawnSync("python3", ["-c", "import tarfile"]).status === 0;

const ENVIRONMENT = { ...process.env, LC_ALL: "C", TZ: "UTC0" };
const MAX = { maxBuffer: 256 * 1024 * 1024, env: ENVIRONMENT };

/** Runs GNU tar; throws when it fails. */
export function gnuTar(args: readonly string[], cwd?: string): Buffer {
  return execFileSync("tar", args, { ...MAX, cwd, stdio: ["ignore", "pipe", "pipe"] });
}

/** `undefined` when GNU tar finds fault with the archive. */
export function gnuList(archive: Uint8Array): Listed[] | undefined {
  return inFile(archive, (file) => {
    const args = ["--numeric-owner", "-P", "--full-time", "--quoting-style=c", "-tvf", file];
    const { status, stdout } = spawnSync("tar", args, MAX);
    if (status !== 0) return undefined;
    return stdout.toString("latin1").split("\n").filter((line) => line !== "").map(gnuLine);
  });
}

/**
 * Hands bytes to a program that answers before it has read them all: Deno's `spawnSync` writes all
 * input before it reads any output, and both sides would wait.
 */
export function inFile<T>(bytes: Uint8Array, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "nixoci-test-"));
  try {
    const path = join(folder, "input");
    writeFileSync(path, bytes);
    return use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const GNU_TYPES: Record<string, TarType> = {
  "-": "file",
  h: "hardlink",
  l: "symlink",
  c: "char",
  b: "block",
  d: "directory",
  p: "fifo",
  C: "contiguous",
};

/** `-rw-r--r-- 0/0  3 1970-01-01 00:00:00.5 "name"`, device numbers in the place of the size. */
const LINE =
  /^(.)(.{9}) (\d+)\/(\d+) +([\d,]+) (\S+ [\d:]+)\S* +"((?:[^"\\]|\\.)*)"(?: (?:->|link to) "(.*)")?$/;

function gnuLine(line: string): Listed {
  const match = LINE.exec(line);
  if (match === null) throw new Error(`GNU tar's line is new to us: ${line}`);
  const [, letter, rwx, uid, gid, size, time, path, linkpath = ""] = match;
  const type = GNU_TYPES[letter!]!;
  const device = size!.includes(",") ? size! : "";
  return {
    path: unescape(path!).replace(/\/+$/, ""),
    type,
    linkpath: unescape(linkpath),
    size: hasSize(type) ? Number(size) : 0,
    mode: modeOf(rwx!),
    uid: Number(uid),
    gid: Number(gid),
    mtime: Date.parse(`${time!.replace(" ", "T")}Z`) / 1000,
    device,
  };
}

function hasSize(type: TarType): boolean {
  return type === "file" || type === "contiguous";
}

function modeOf(rwx: string): number {
  let mode = 0;
  for (let at = 0; at < 9; at++) {
    const letter = rwx[at]!;
    if (letter !== "-" && letter !== "S" && letter !== "T") mode |= 0o400 >> at;
    if (/[sStT]/.test(letter)) mode |= 0o4000 >> Math.floor(at / 3);
  }
  return mode;
}

const ESCAPES: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

/** GNU's `\n`, `\303`, `\\`; bytes that are not UTF-8 as surrogates, by Node's own decoder. */
function unescape(text: string): string {
  const bytes = text.replace(/\\([0-7]{3}|.)/g, (_, code: string) => {
    return ESCAPES[code] ?? (code === "?" ? "\x7f" : String.fromCharCode(Number.parseInt(code, 8)));
  });
  return surrogates(Buffer.from(bytes, "latin1"));
}

/** Byte by byte, to differ from the code under test: whatever does not decode alone is escaped. */
function surrogates(bytes: Buffer): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const found = [1, 2, 3, 4].find((length) => {
      try {
        return at + length <= bytes.length && decoder.decode(bytes.subarray(at, at + length));
      } catch {
        return false;
      }
    });
    if (found === undefined) text += String.fromCharCode(0xdc00 + bytes[at]!);
    else text += decoder.decode(bytes.subarray(at, at + found));
    at += found ?? 1;
  }
  return text;
}

/** Runs Python, which reads all of its input before it prints; what it prints. */
export function python(script: string, input: Uint8Array = Buffer.alloc(0), args: string[] = []) {
  const stdio = ["pipe", "pipe", "pipe"] as const;
  return execFileSync("python3", ["-c", script, ...args], { ...MAX, input, stdio: [...stdio] });
}

/** What Python lists: {@link Listed}, the hash of each file's content, its names and records. */
export interface PythonListed extends Listed {
  readonly sha256: string;
  readonly uname: string;
  readonly gname: string;
  readonly pax: Record<string, string>;
}

/** `undefined` when Python finds fault with the archive. */
export function pythonList(...archives: Uint8Array[]): (PythonListed[] | undefined)[] {
  const sizes = archives.map((archive) => archive.length).join(",");
  const json = python(LIST, Buffer.concat(archives), [sizes]).toString();
  return (JSON.parse(json) as (PythonListed[] | null)[]).map((list) => list ?? undefined);
}

const LIST = `
import hashlib, io, json, math, sys, tarfile
TYPES = {"0": "file", "\\0": "file", "S": "file", "7": "contiguous", "1": "hardlink", "2": "symlink",
         "3": "char", "4": "block", "5": "directory", "6": "fifo", "D": "directory"}
def member(tar, m):
    type = TYPES[m.type.decode("latin1")]
    content = type in ("file", "contiguous")
    device = "%d,%d" % (m.devmajor, m.devminor) if type in ("char", "block") else ""
    return {"path": m.name.rstrip("/"), "type": type, "size": m.size if content else 0,
            "linkpath": m.linkname if type in ("hardlink", "symlink") else "", "mode": m.mode & 0o7777,
            "uid": m.uid, "gid": m.gid, "mtime": math.floor(m.mtime), "device": device,
            "sha256": hashlib.sha256(tar.extractfile(m).read() if content else b"").hexdigest(),
            "uname": m.uname, "gname": m.gname, "pax": m.pax_headers}
def listing(data):
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            return [member(tar, m) for m in tar]
    except (tarfile.TarError, EOFError, ValueError):
        return None
print(json.dumps([listing(sys.stdin.buffer.read(int(size))) for size in sys.argv[1].split(",")]))
`;
