/**
 * Makes all that a release has, in `release`: `npm run release`. The npm package, single binaries and
 * their installer, a Debian package for each of them, the formula of Homebrew, nixoci's own image, and
 * their sums. The same sources on the same machine make the same bytes.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { arch, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { makeDeb } from "./deb.ts";
import { writeFormula } from "./formula.ts";
import { makeImage } from "./image.ts";
import { writeSums } from "./sums.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OUT = join(ROOT, "release");

/** Debian's names of machines, by Node's. */
const MACHINES = { x64: "amd64", arm64: "arm64" } as const;

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT);
const packed = JSON.parse(run("npm", "pack", "--json", "--pack-destination", OUT));
const [{ filename }] = Object.values(packed) as [{ filename: string }];
await writeFormula(join(OUT, filename), OUT);
run(execPath, "tools/binary/build.ts");
for (const [machine, architecture] of Object.entries(MACHINES)) {
  const binary = join(OUT, `nixoci-linux-${machine}`);
  if (!existsSync(binary)) continue;
  await makeDeb(binary, architecture, OUT);
  if (machine === arch) await makeImage(binary, machine, OUT);
}
await copyFile(join(ROOT, "tools", "release", "install.sh"), join(OUT, "install.sh"));
await writeSums(OUT);

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", 2] });
}
