/**
 * Bundles the command line into `dist/cli`: a file a command, and what they share. It starts in two
 * thirds of the time that the sources take, and is what the launcher runs unless a source is newer.
 *
 * Run by npm after `npm ci` (`prepare`), and by pack.ts.
 */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "rolldown";

const ROOT = new URL("../", import.meta.url);
const OUT = new URL("dist/cli/", ROOT);

/** Writes the bundle, anew. */
async function bundle(): Promise<void> {
  const { rolldown } = await import("rolldown");
  const files = [...await sources("src/"), ...await sources("transports/")];
  // A worker's module lies beside main.js, whatever folder it is from: see src/bytes/flow/workers.ts.
  const threads = files.filter((file) => file.endsWith("-worker.ts"));
  const input = Object.fromEntries([
    ["main", pathOf("src/cli/main.ts")],
    ...threads.map((file) => [nameOf(file, dirname(file)), pathOf(file)]),
  ]);
  const graph = await rolldown({
    cwd: fileURLToPath(ROOT),
    input,
    platform: "node",
    plugins: [partOfUndici()],
    // As in the undici that is in Node: without the parser that is an experiment.
    transform: { define: { esbuildDetection: "true" } },
  });
  await rm(OUT, { recursive: true, force: true });
  const { output } = await graph.write({
    dir: fileURLToPath(OUT),
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    // Without what only people read: a source is decoded at each start, though its code is cached.
    minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
  });
  await graph.close();
  const modules = output.flatMap((chunk) => chunk.type === "chunk" ? chunk.moduleIds : []);
  await writeFile(new URL("LICENSES.txt", OUT), await licences(modules));
}

// What our requests never come to (HTTP/2, the bodies of fetch), and modules that take their time to
// load (one of them a faster way to look headers up), of which undici wants no more than this.
const UNUSED = /\/(client-h2|tree)(\.js)?$|\/web\/|^node:(http|assert)$/;
const STUB = `
module.exports = (isTrue, why) => {
  if (!isTrue) throw Object.assign(new Error(why), { code: "ERR_ASSERTION" });
};
Object.assign(module.exports, { maxHeaderSize: 16384, IncomingMessage: class {}, tree: { lookup() {} } });
`;
const UNDICI = `
export { default as Agent } from "undici/lib/dispatcher/agent.js";
export { default as Client } from "undici/lib/dispatcher/client.js";
export { default as buildConnector } from "undici/lib/core/connect.js";
`;

/**
 * Takes what we use of undici. All of it takes 45 ms to load, in commands that are to be done in 100.
 */
function partOfUndici(): Plugin {
  return {
    name: "part of undici",
    resolveId(id, importer) {
      if (id === "undici") return "\0undici";
      return importer?.includes("/undici/lib/") && UNUSED.test(id) ? "\0unused" : null;
    },
    load: (id) => id === "\0undici" ? UNDICI : id === "\0unused" ? STUB : null,
  };
}

const pathOf = (file: string): string => fileURLToPath(new URL(file, ROOT));
const nameOf = (file: string, folder: string): string =>
  file.slice(folder.length + 1).replace(/\.ts$/, "");

/** Every module below the folder, by its path from the root. */
async function sources(folder: string): Promise<string[]> {
  const files = await readdir(new URL(folder, ROOT), { recursive: true });
  return files.filter((file) => file.endsWith(".ts")).map((file) => folder + file);
}

/** The licences of the packages that the modules are from: they go where the code goes. */
async function licences(modules: readonly string[]): Promise<string> {
  const folders = modules.flatMap((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(id) ?? []);
  const texts = [...new Set(folders)].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(`${folder}package.json`, "utf8"));
    const file = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
    const text = file === undefined ? "" : await readFile(folder + file, "utf8");
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(72)}\n\n`);
}

try {
  await bundle();
} catch (error) {
  // `npm ci --omit=dev` has no bundler: the sources run, and nothing is lost but time.
  if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
}
