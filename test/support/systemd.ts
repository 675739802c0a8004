/** systemd itself, asked what it reads in units: `systemd --test` loads them and starts nothing. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "./folder.ts";

const PROGRAM = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"].find(existsSync);

/** Tells whether systemd is missing, and says so. */
export function lacksSystemd(): boolean {
  if (PROGRAM === undefined) {
    console.log("skipped: tests that need systemd, which is not installed");
  }
  return PROGRAM === undefined;
}

/** The fields of units as systemd dumps them, by unit and field. */
export type Dump = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** It refuses to run as root. */
const NOBODY = 65534;

/** Has systemd read services, whose files are given by their paths below a folder of units. */
export async function askSystemd(files: Readonly<Record<string, string>>): Promise<Dump> {
  const folder = await temporaryFolder();
  await chmod(folder, 0o777);
  const names = Object.keys(files).filter((name) => /^[^/]*[^@]\.service$/.test(name));
  const wanted = `[Unit]\nWants=${names.join(" ")}\n[Service]\nExecStart=/bin/true\n`;
  for (const [name, text] of Object.entries({ ...files, "wanting.service": wanted })) {
    await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o755 });
    await writeFile(join(folder, name), text, { mode: 0o644 });
  }
  const isRoot = process.getuid?.() === 0;
  const { stdout } = await promisify(execFile)(
    PROGRAM!,
    ["--test", "--user", "--unit=wanting.service"],
    {
      env: {
        SYSTEMD_UNIT_PATH: `${folder}:`,
        SYSTEMD_OS_RELEASE: `${folder}/osrelease`,
        HOME: folder,
        XDG_RUNTIME_DIR: folder,
      },
      maxBuffer: 1 << 28,
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    },
  );
  return readDump(stdout);
}

/** Lists the directives that systemd has for services: `Service.ExecStart`. */
export async function listDirectives(): Promise<string[]> {
  const { stdout } = await promisify(execFile)(PROGRAM!, ["--dump-configuration-items"]);
  let section = "";
  return stdout.split("\n").flatMap((line) => {
    const [, heading] = /^\[(\w+)\]$/.exec(line) ?? [];
    section = heading ?? section;
    const [, name] = /^(\w+)=/.exec(line) ?? [];
    return name === undefined ? [] : [`${section}.${name}`];
  });
}

function readDump(text: string): Dump {
  const units = new Map<string, Map<string, string[]>>();
  let fields = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, unit] = /^\t?-> Unit (.*):$/.exec(line) ?? [];
    if (unit !== undefined) units.set(unit, fields = new Map());
    const [, heading] = /^\t+-> (\w+):$/.exec(line) ?? [];
    if (heading !== undefined) fields.set("command", [heading]);
    const [, name, value] = /^\t+([\w ]+): ?(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const key = name === "Command Line" ? fields.get("command")![0]! : name;
    fields.set(key, [...fields.get(key) ?? [], value!]);
  }
  return units;
}

/** Takes a command line apart that systemd has quoted. */
export function unquoteLine(line: string): string[] {
  const words = line.match(/"(?:\\.|[^"\\])*"|[^ ]+/g) ?? [];
  return words.map((word) =>
    word.startsWith('"')
      ? word.slice(1, -1).replace(/\\(x..|\d{3}|.)/g, (_, code: string) => unescapeOne(code))
      : word
  );
}

function unescapeOne(code: string): string {
  if (/^x/.test(code)) return String.fromCharCode(parseInt(code.slice(1), 16));
  if (/^\d/.test(code)) return String.fromCharCode(parseInt(code, 8));
  return { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" }[code] ?? code;
}
