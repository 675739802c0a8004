/**
 * Makes nixoci's own container image, with nixoci: a single binary, and the libraries that it links to
 * as this machine has them, in an OCI archive. The same sources on the same machine make the same bytes.
 */
import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createImageSpec } from "./image-spec.ts";

/** Makes it. @returns the archive's path. */
export async function makeImage(binary: string, machine: string, out: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nixoci-image-"));
  const file = join(out, `nixoci-image-linux-${machine}.tar`);
  try {
    const root = join(folder, "root");
    for (const path of ["/usr/bin/nixoci", ...listLibraries(binary)]) {
      const to = join(root, path);
      await mkdir(dirname(to), { recursive: true });
      await copyFile(path === "/usr/bin/nixoci" ? binary : path, to);
      await chmod(to, 0o755);
    }
    const spec = join(folder, "spec.json");
    await writeFile(spec, JSON.stringify(await createImageSpec(machine)));
    const words = ["build", "-q", "--compress", "gzip", spec, `oci-archive:${file}:nixoci`];
    execFileSync(binary, words, {
      env: { ...process.env, NIXOCI_CACHE_DIR: join(folder, "cache") },
      stdio: ["ignore", "ignore", "inherit"],
    });
    return file;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Lists what a program links to, by the paths at which the loader looks. */
function listLibraries(binary: string): string[] {
  const text = execFileSync("ldd", [binary], { encoding: "utf8" });
  return text.split("\n").flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}
