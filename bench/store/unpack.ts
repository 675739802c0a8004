/** A Debian package as a store path: its files, finding one another through the store alone. */
import { execFile } from "node:child_process";
import { mkdir, open, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where each shared library is: its file name, and the store's folder that has it. */
export type Libraries = Map<string, string>;

/** The dynamic linker, below the C library's path. */
const LINKER = "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";

/** What a package is told of its surroundings. */
export interface Surroundings {
  /** Its own store path. */
  readonly path: string;
  /** Those of the packages that it depends on. */
  readonly depends: readonly string[];
  /** That of the C library; the C library itself has none. */
  readonly libc: string | undefined;
  /** Libraries of all packages before it; its own are added. */
  readonly libraries: Libraries;
}

/** Unpacks the package to `real`, and points its programs and libraries to the store. */
export async function unpack(deb: string, real: string, around: Surroundings): Promise<void> {
  await mkdir(join(real, "nix-support"), { recursive: true });
  const extract = 'dpkg-deb --fsys-tarfile "$1" | tar -xC "$2" --no-same-owner';
  await run("sh", ["-c", extract, "sh", deb, real]);
  await run("sh", [
    "-c",
    'cd "$1" && ! test -d usr || { cp -al usr/. . && rm -r usr; }',
    "sh",
    real,
  ]);
  await rm(join(real, "dev"), { recursive: true, force: true });
  await writeFile(join(real, "nix-support/propagated-build-inputs"), around.depends.join(" "));

  const entries = await readdir(real, { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of entries) {
    if (!/\.so(\.|$)/.test(name) || around.libraries.has(name)) continue;
    around.libraries.set(name, around.path + parentPath.slice(real.length));
  }
  if (around.libc === undefined) return;
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && await isElf(file)) await patch(file, around.libc, around.libraries);
  }
}

async function isElf(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString("latin1") === "\x7fELF";
  } finally {
    await handle.close();
  }
}

/** Libraries are looked for where they are; what is not dynamic stays as it is. */
async function patch(file: string, libc: string, libraries: Libraries): Promise<void> {
  const needed = await run("patchelf", ["--print-needed", file]).catch(() => undefined);
  if (needed === undefined || needed.stdout === "") return;
  const folders = needed.stdout.trim().split("\n").flatMap((name) => libraries.get(name) ?? []);
  const path = [...new Set(folders)].join(":");
  const isProgram = await run("patchelf", ["--print-interpreter", file]).then(
    () => true,
    () => false,
  );
  const linker = isProgram ? ["--set-interpreter", `${libc}/${LINKER}`] : [];
  await run("patchelf", [...linker, "--set-rpath", path, file]);
}
