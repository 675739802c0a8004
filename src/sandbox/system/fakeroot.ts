/**
 * Owners that are kept by fakeroot, where a user has only one ID: its library in the command's
 * programs notes what they set, and its server writes it down at the end.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NixociError } from "../../base/errors.ts";
import { decodeName, quoteName } from "../../tar/name.ts";
import type { TreeEntry } from "../tree/tree-entry.ts";
import { HELPER_ENVIRONMENT } from "./environment.ts";
import { GIVE_IDS } from "./refusal.ts";
import type { Written, WrittenFile } from "../layer/written.ts";

/** The parts of fakeroot on this machine. */
export interface Fakeroot {
  readonly server: string;
  readonly library: string;
}

/** Finds fakeroot; `undefined` where there is none. */
export function findFakeroot(): Fakeroot | undefined {
  try {
    // With the open files that Docker allows, it would take minutes to begin.
    const words = ["--nofile=4096", "fakeroot", "sh", "-c", LOCATE];
    const text = execFileSync("prlimit", words, {
      encoding: "utf8",
      env: HELPER_ENVIRONMENT,
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    });
    const [library, server] = text.split("\n");
    return library && server ? { library, server } : undefined;
  } catch {
    return undefined;
  }
}

/** Prints the path of the library, and that of the server which goes with it. */
const LOCATE = `
name=\${LD_PRELOAD##*/}; kind=\${name#libfakeroot}; kind=\${kind%.so}; [ "$kind" != -0 ] || kind=
library=$LD_PRELOAD; IFS=:
for folder in $LD_LIBRARY_PATH; do [ ! -e "$folder/$name" ] || { library=$folder/$name; break; }; done
[ -e "$library" ] && echo "$library" && command -v "faked$kind"`;

/** Starts the server, in the folder of a run. */
export function formatFakerootStart({ server }: Fakeroot): string {
  return `prlimit --nofile=4096 ${server} --foreground --save-file fake-state \\
  >fake-key 2>/dev/null 5>&- 6>&- 7<&- & faked=$!
while [ ! -s fake-key ]; do kill -0 $faked; sleep 0.01; done
FAKEROOTKEY=$(cat fake-key); export FAKEROOTKEY=\${FAKEROOTKEY%%:*}`;
}

/**
 * Ends the server, and lists all files with the numbers by which it knows them. Where it knows some,
 * their times of access are set: the overlay then has them among what was written, with the content
 * of those that only got another owner.
 */
export function formatFakerootEnd(target: string): string {
  return `kill -TERM $faked; wait $faked || :
: >> fake-state
sed -n 's/.*,ino=\\([0-9]*\\),.*/:\\1:/p' fake-state > fake-known
find ${target} -xdev -printf ':%i: %p\\0' | grep -a -z -F -f fake-known |
  sed -z 's/^:[0-9]*: //' | xargs -0 -r touch -c -h -a --
find ${target} -xdev -printf '%D:%i %m %P\\0' > fake-files`;
}

/** A file as fakeroot has noted it. */
interface FakeFile {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
}

/**
 * Returns what was written with the owners, modes and devices that fakeroot has noted.
 * @throws NixociError `UNSUPPORTED` for files that were changed by programs which it does not see.
 */
export function applyFakeroot(written: Written, folder: string): Written {
  const state = parseState(readFileSync(join(folder, "fake-state"), "latin1"));
  const files = new Map(written.files);
  for (const line of splitRecords(readFileSync(join(folder, "fake-files")))) {
    const [, id, mode, path] = /^(\S+) (\d+) ([^]*)$/.exec(line) ?? [];
    const noted = state.get(id!);
    const file = files.get(path!);
    if (noted === undefined || file === undefined) continue;
    if (!isTrue(noted, Number.parseInt(mode!, 8))) throw bypassedError(path!);
    files.set(path!, { ...file, ...fieldsOf(noted, file) });
  }
  return { ...written, files };
}

function parseState(text: string): Map<string, FakeFile> {
  const line =
    /^dev=([0-9a-f]+),ino=(\d+),mode=([0-7]+),uid=(\d+),gid=(\d+),nlink=\d+,rdev=(\d+)$/gm;
  return new Map([...text.matchAll(line)].map(([, dev, ino, mode, uid, gid, rdev]) => [
    `${Number.parseInt(dev!, 16)}:${ino}`,
    { mode: Number.parseInt(mode!, 8), uid: Number(uid), gid: Number(gid), rdev: Number(rdev) },
  ]));
}

function* splitRecords(bytes: Buffer): Iterable<string> {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    yield decodeName(bytes.subarray(at, end));
    at = end + 1;
  }
}

const TYPE_MASK = 0o170000;
const TYPES: Readonly<Record<number, TreeEntry["type"]>> = { 0o020000: "char", 0o060000: "block" };

/** Tells whether the disk has the mode that fakeroot has given it: the noted one, and more for the owner. */
function isTrue({ mode }: FakeFile, onDisk: number): boolean {
  const type = mode & TYPE_MASK;
  if (type === 0o120000 || TYPES[type] !== undefined) return true;
  return ((mode ^ onDisk) & 0o077) === 0;
}

function fieldsOf({ mode, uid, gid, rdev }: FakeFile, file: WrittenFile): Partial<WrittenFile> {
  const device = TYPES[mode & TYPE_MASK];
  const owned = { uid, gid, mode: file.type === "symlink" ? file.mode : mode & 0o7777 };
  if (device === undefined) return owned;
  const devmajor = (rdev >>> 8) & 0xfff;
  const devminor = (rdev & 0xff) | ((rdev >>> 12) & 0xfff00);
  return { ...owned, type: device, size: 0, devmajor, devminor };
}

function bypassedError(path: string): NixociError {
  const what = `the mode of ${quoteName(path)} was set by a program that fakeroot does not see`;
  return new NixociError("UNSUPPORTED", what, {
    hint: `static programs and those in Rust do that: ${GIVE_IDS}`,
  });
}
