/**
 * Bundles the command line into `dist/cli`: a file a command, and what they share. It starts in two
 * thirds of the time that the sources take, and is what the launcher runs unless a source is newer.
 *
 * Run by npm after `npm ci` (`prepare`), and before the package is packed.
 */
import { readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);
const OUT = new URL("dist/cli/", ROOT);

/** Writes the bundle, anew. */
async function bundle(): Promise<void> {
  const { rolldown } = await import("rolldown");
  const commands = (await readdir(new URL("src/cli/commands/", ROOT)))
    .map((file) => `commands/${file.replace(/\.ts$/, "")}`);
  const input = Object.fromEntries(
    ["main", ...commands].map((name) => [name, fileURLToPath(new URL(`src/cli/${name}.ts`, ROOT))]),
  );
  const graph = await rolldown({ cwd: fileURLToPath(ROOT), input, platform: "node" });
  await rm(OUT, { recursive: true, force: true });
  await graph.write({
    dir: fileURLToPath(OUT),
    entryFileNames: "[name].js",
    // Beside main.js: what help.ts looks for lies relative to it.
    chunkFileNames: "[name]-[hash].js",
  });
  await graph.close();
}

try {
  await bundle();
} catch (error) {
  // `npm ci --omit=dev` has no bundler: the sources run, and nothing is lost but time.
  if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
}
