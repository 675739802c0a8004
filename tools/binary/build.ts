/**
 * Builds single binaries for Linux into `release`, of Node and the bundle of the command line:
 * `npm run binaries`. The same sources make the same bytes, whose sums are in SHA256SUMS. Node's
 * binaries are npm packages, pinned by the lockfile; the one for another machine is not run.
 * @see https://nodejs.org/api/single-executable-applications.html
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { JSON_VERSION } from "../../src/cli/docs/json/shapes.ts";
import { writeSums } from "../release/sums.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUNDLE = join(ROOT, "dist", "cli");
const MAIN = join(ROOT, "tools", "binary", "main.cjs");

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

/** Returns the Node of a machine, or `undefined` where npm was not asked for that one. */
function nodeOf(machine: string): string | undefined {
  const folders = [join(ROOT, "node_modules"), process.env["NIXOCI_NODES"] ?? ""];
  return folders.map((folder) => join(folder, `node-linux-${machine}`, "bin", "node"))
    .find((path) => existsSync(path));
}

async function writeCaches(): Promise<string[]> {
  const folder = join(scratch, "caches");
  const script = fileURLToPath(new URL("code-cache.ts", import.meta.url));
  execFileSync(nodeOf(arch)!, ["--hash-seed=1", "--random-seed=1", script, BUNDLE, folder]);
  return (await readdir(folder)).map((name) => join(folder, name));
}

async function build(machine: string, caches: readonly string[]): Promise<void> {
  const node = nodeOf(machine);
  if (node === undefined) {
    return console.error(`no Node for ${machine}: install node-linux-${machine}`);
  }
  const bundled = (await readdir(BUNDLE)).filter((name) => name.endsWith(".cjs")).sort();
  const files = [...bundled.map((name) => join(BUNDLE, name)), ...[...caches].sort()];
  const about = join(scratch, "package.json");
  await writeFile(about, JSON.stringify(await describe()));
  const config = join(scratch, `${machine}.json`);
  const output = join(out, `nixoci-linux-${machine}`);
  await writeFile(
    config,
    JSON.stringify({
      main: MAIN,
      executable: node,
      output,
      disableExperimentalSEAWarning: true,
      assets: {
        source: MAIN,
        "package.json": about,
        ...Object.fromEntries(files.map((file) => [file.slice(file.lastIndexOf("/") + 1), file])),
      },
    }),
  );
  execFileSync(nodeOf(arch)!, ["--build-sea", config], { stdio: ["ignore", "ignore", "inherit"] });
  console.log(output);
}

/** What the command line has to know of the package. */
async function describe(): Promise<Record<string, unknown>> {
  const { name, version, description, engines } = JSON.parse(
    await readFile(join(ROOT, "package.json"), "utf8"),
  );
  return { name, version, description, engines, json: JSON_VERSION };
}
