/**
 * Bundles the command line into `dist/cli`: a file a command, and what they share. It is what the
 * launcher runs. In CommonJS, which Node loads in two thirds of the time that it takes for modules: it
 * links nothing, and of Node's own modules it gives what is asked for, not a copy of every name.
 *
 * Run by npm after `npm ci` (`prepare`), and by pack.ts.
 */
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "rolldown";

const ROOT = new URL("../", import.meta.url);
const OUT = new URL("dist/cli/", ROOT);
const NEW = new URL("dist/cli.new/", ROOT);

// What help and errors need, what all verbs load, and what nearly all do that work on images, are a file
// each: to find, link and start a module takes a third of a millisecond.
const START =
  /\/src\/(base\/(errors|text)|cli\/(main|verbs\.ts|help\/(mod|layout)|kit\/(global|io|interrupt|report|held-notices)))/;
const KIT =
  /\/src\/(base|cli\/kit)|\/bytes\/stream|\/transports\/(list|[^/]*\/?options|lib\/access)/;
const CORE =
  /\/src\/(image\/(?!documents|scratch)|bytes\/(pour|digest|pool|disk\/))|\/transports\/(registry\/(?!auth|write)|lib\/http)/;

/** Writes the bundle, anew. */
async function bundle(): Promise<void> {
  const files = [...await sources("src/"), ...await sources("transports/")];
  await rm(NEW, { recursive: true, force: true });
  const modules = await write({ main: pathOf("src/cli/main.ts") }, [
    { name: "start", test: START, priority: 1 },
    { name: "kit", test: KIT },
    { name: "core", test: CORE },
  ]);
  // A worker's module lies beside main.cjs, whatever folder it is from: see src/bytes/flow/workers.ts. It
  // shares no file with that, since a thread is to load no more than it needs.
  for (const file of files.filter((file) => file.endsWith("-worker.ts"))) {
    modules.push(...await write({ [nameOf(file, dirname(file))]: pathOf(file) }));
  }
  await writeFile(new URL("LICENSES.txt", NEW), await licences(modules));
  await rm(OUT, { recursive: true, force: true });
  await rename(NEW, OUT);
}

/** Writes a file for each entry, and those of what they load late. @returns the modules in them. */
async function write(
  input: Readonly<Record<string, string>>,
  groups: readonly { readonly name: string; readonly test: RegExp; readonly priority?: number }[] =
    [],
): Promise<string[]> {
  const { rolldown } = await import("rolldown");
  const graph = await rolldown({
    cwd: fileURLToPath(ROOT),
    input,
    platform: "node",
    plugins: [partOfUndici(), partOfOclif(), pagesOfHelp(), loadedLate(), plainCode()],
    // As in the undici that is in Node: without the parser that is an experiment.
    transform: { define: { esbuildDetection: "true" } },
    // What two chunks need stands in one that both load: nothing is lost where an import moves nothing.
    checks: { ineffectiveDynamicImport: false },
  });
  const { output } = await graph.write({
    dir: fileURLToPath(NEW),
    format: "cjs",
    entryFileNames: "[name].cjs",
    chunkFileNames: "[name]-[hash].cjs",
    codeSplitting: { groups: [...groups] },
    // Without what only people read: a source is decoded at each start, though its code is cached.
    minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
  });
  await graph.close();
  return output.flatMap((chunk) => chunk.type === "chunk" ? chunk.moduleIds : []);
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

// oclif's help, which its flags, its parser and its handler of errors load: a third of all that a verb
// would load. Ours is in src/cli/help.
const HELPERS = /\/@oclif\/core\/lib\/(flags|parser\/index|errors\/handle)\.js$/;

// What oclif paints, wraps and reports errors with, or asks questions; nearly no command comes to it.
const LATE =
  /^const (\w+) = (?:__importDefault\()?(require\("(?:ansis|clean-stack|debug|indent-string|node:readline|supports-color|wordwrap|wrap-ansi)"\)\)?);$/m;

/** Leaves out of oclif what running a verb never comes to, and has it load late what is rarely needed. */
function partOfOclif(): Plugin {
  return {
    name: "part of oclif",
    transform: (code, id) => id.includes("/@oclif/core/lib/") ? requireLate(code, LATE) : null,
    resolveId: (id, importer) =>
      importer !== undefined && HELPERS.test(importer) && /\/help(\/index)?$/.test(id)
        ? "\0nothing"
        : null,
    load: (id) => id === "\0nothing" ? "module.exports = {};" : null,
  };
}

/**
 * Moves calls of `require` to where what they give is first used: to find a module that is there takes
 * Node 20 microseconds. @param late finds a name and its call.
 */
function requireLate(code: string, late: RegExp): string {
  const [declaration, name, call] = late.exec(code) ?? [];
  if (declaration === undefined) return code;
  const load = declaration.includes("__importDefault(") ? `__importDefault(${call}` : call!;
  const parts = code.split(declaration)
    .map((part) => part.replaceAll(new RegExp(`\\b${name}\\b`, "g"), `(${name} ??= ${load})`));
  return requireLate(parts.join(`var ${name};`), late);
}

/** Makes the pages of the help now: each in a function, of which V8 compiles the one that is called. */
function pagesOfHelp(): Plugin {
  return {
    name: "pages of the help",
    async load(id) {
      if (id !== pathOf("src/cli/help/ready.ts")) return null;
      const { createHelpPages } = await import("../src/cli/help/page.ts");
      const pages = Object.entries(await createHelpPages())
        .map(([name, page]) => `${JSON.stringify(name)}: () => (${JSON.stringify(page)}),`);
      const code = `const PAGES = {\n${pages.join("\n")}\n};\n` +
        "export const loadPage = (name) => Promise.resolve(PAGES[name]());\n";
      return { code, moduleType: "js" };
    },
  };
}

// Modules of Node's that take a millisecond to load, or ten, and that many commands never come to.
const RARE =
  /^let (\w+) = (require\("node:(?:child_process|crypto|dns|perf_hooks|readline|readline\/promises|tty|zlib)"\));$/m;

/** Has Node's modules loaded where they are used, in place of where they are imported. */
function loadedLate(): Plugin {
  return { name: "loaded late", renderChunk: (code) => requireLate(code, RARE) };
}

/**
 * Has Node's modules required where they are imported late, since import() is not for code that is kept;
 * and escapes what is not ASCII: of a file with such characters V8 reads and holds two bytes for each.
 */
function plainCode(): Plugin {
  const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return {
    name: "plain code",
    renderChunk: (code) =>
      code.replaceAll(
        /\bimport\("(node:[\w/]+)"\)/g,
        'Promise.resolve().then(() => require("$1"))',
      ),
    generateBundle(_, files) {
      for (const file of Object.values(files)) {
        if (file.type === "chunk") file.code = file.code.replaceAll(/[\x80-\uffff]/g, escape);
      }
    },
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
