/**
 * Bundles the library into `dist/lib`, for the package: a file for each subpath and each worker, and
 * what several of them share. It loads in two thirds of the time that a file a module takes, and npm
 * writes a third of the files. Other packages stay outside; the types are tsc's, a file a module.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { basename, isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const ROOT = new URL("../", import.meta.url);
const OUT = new URL("dist/lib/", ROOT);

await rm(OUT, { recursive: true, force: true });
const graph = await rolldown({
  cwd: fileURLToPath(ROOT),
  input: { ...await listSubpaths(), ...await listWorkers() },
  platform: "node",
  external: (id) => !id.startsWith(".") && !isAbsolute(id),
  checks: { ineffectiveDynamicImport: false },
});
await graph.write({
  dir: fileURLToPath(OUT),
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "[name]-[hash].js",
});
await graph.close();

/** Lists the modules of package.json's exports, by the names that tools/pack.ts gives their files. */
async function listSubpaths(): Promise<Record<string, string>> {
  const original = await readFile(new URL("package.json", ROOT), "utf8");
  const { exports } = JSON.parse(original) as { exports: Record<string, string> };
  const modules = Object.entries(exports).filter(([, file]) => file.endsWith(".ts"));
  return Object.fromEntries(
    modules.map(([subpath, file]) => [subpath === "." ? "mod" : basename(subpath), file]),
  );
}

/** Lists what runs on threads, which lies beside what starts it: see src/bytes/flow/workers.ts. */
async function listWorkers(): Promise<Record<string, string>> {
  const folders = ["src/", "transports/"].map(async (folder) => {
    const files = await readdir(new URL(folder, ROOT), { recursive: true });
    return files.map((file) => folder + file);
  });
  const files = (await Promise.all(folders)).flat();
  const workers = files.filter((file) =>
    file.endsWith("-worker.ts") && !file.startsWith("src/cli/")
  );
  return Object.fromEntries(workers.map((file) => [basename(file, ".ts"), `./${file}`]));
}
