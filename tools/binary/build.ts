/**
 * Builds single binaries for Linux into `release`, of Node and the bundle of the command line:
 * `npm run binaries`. The same sources make the same bytes, whose sums are in SHA256SUMS. Node's
 * binaries are npm packages, pinned by the lockfile beside this file; the one for another machine is
 * not run. It is Node 24, since those of newer ones need libatomic, which few containers have.
 * @see https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { arch, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeSums } from "../release/sums.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HERE = join(ROOT, "tools", "binary");
const BUNDLE = join(ROOT, "dist", "cli");
const MAIN = join(HERE, "main.cjs");

// What Node looks for in itself, to know whether it has a program within.
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

const { values: { out, machine: machines } } = parseArgs({
  options: {
    out: { type: "string", default: join(ROOT, "release") },
    machine: { type: "string", multiple: true, default: ["x64", "arm64"] },
  },
});
const scratch = await mkdtemp(join(tmpdir(), "nixoci-binary-"));
try {
  await mkdir(out, { recursive: true });
  const caches = await writeCaches();
  for (const machine of machines) await build(machine, machine === arch ? caches : []);
  await writeSums(out);
} finally {
  await rm(scratch, { recursive: true });
}

/** Returns a file of a package that only binaries are made of. */
function fileOf(name: string): string {
  const file = join(HERE, "node_modules", name);
  if (existsSync(file)) return file;
  throw new Error(`Cannot build: ${file} is missing; run npm ci --force --prefix tools/binary`);
}

function nodeOf(machine: string): string {
  return fileOf(`node-linux-${machine}/bin/node`);
}

async function writeCaches(): Promise<string[]> {
  const folder = join(scratch, "caches");
  const script = join(HERE, "code-cache.ts");
  execFileSync(nodeOf(arch), ["--hash-seed=1", "--random-seed=1", script, BUNDLE, folder]);
  return (await readdir(folder)).map((name) => join(folder, name));
}

async function build(machine: string, caches: readonly string[]): Promise<void> {
  const output = join(out, `nixoci-linux-${machine}`);
  const made = join(scratch, machine);
  const blob = await writeBlob(caches);
  await copyFile(nodeOf(machine), made);
  const words = [made, "NODE_SEA_BLOB", blob, "--sentinel-fuse", FUSE];
  execFileSync(execPath, [fileOf("postject/dist/cli.js"), ...words], { stdio: "pipe" });
  await copyFile(made, `${output}.new`);
  await rename(`${output}.new`, output);
  console.log(output);
}

/** Writes what Node finds in itself: the program, and its files. It is the same for all machines. */
async function writeBlob(caches: readonly string[]): Promise<string> {
  const bundled = (await readdir(BUNDLE)).filter((name) => name.endsWith(".cjs"));
  const files = [...bundled.sort().map((name) => join(BUNDLE, name)), ...[...caches].sort()];
  const [about, config, output] = ["package.json", "config.json", "blob"]
    .map((name) => join(scratch, name)) as [string, string, string];
  await writeFile(about, JSON.stringify(await describe()));
  const assets = {
    source: MAIN,
    "version.cjs": join(ROOT, "bin", "version.cjs"),
    "package.json": about,
    ...Object.fromEntries(files.map((file) => [basename(file), file])),
  };
  const options = { main: MAIN, output, disableExperimentalSEAWarning: true, assets };
  await writeFile(config, JSON.stringify(options));
  execFileSync(nodeOf(arch), ["--experimental-sea-config", config], { stdio: "pipe" });
  return output;
}

/** What the command line has to know of the package. */
async function describe(): Promise<Record<string, unknown>> {
  const { name, version, description, engines } = JSON.parse(
    await readFile(join(ROOT, "package.json"), "utf8"),
  );
  return { name, version, description, engines };
}
