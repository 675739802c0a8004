/**
 * What `npm pack` publishes is JavaScript, and only what its users need to know: `before` it, the
 * sources are built into `dist/`, the command line is bundled, and package.json gives way to the
 * published one; `after` it, it comes back. (Node runs TypeScript, but not below node_modules.)
 *
 * A pack that was killed leaves the original in `package.json.original`: `node tools/pack.ts after`
 * puts it back, and so does the next `before`.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { argv, execPath, exit } from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);
const PACKAGE = new URL("package.json", ROOT);
const ORIGINAL = new URL("package.json.original", ROOT);

async function before(): Promise<void> {
  await after();
  await rm(new URL("dist", ROOT), { recursive: true, force: true });
  run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
  run("tools/bundle.ts");
  const original = await readFile(PACKAGE, "utf8");
  const published = JSON.stringify(publishedOf(JSON.parse(original)), null, 2) + "\n";
  await writeFile(ORIGINAL, original);
  await replace(published);
}

/** Does no harm where there is nothing to put back. */
async function after(): Promise<void> {
  if (existsSync(ORIGINAL)) await rename(ORIGINAL, PACKAGE);
}

/** Packages that the command line alone needs, whose bundle has them: nobody need install them. */
const BUNDLED = ["@oclif/core"];

/** Without what only a clone needs; npm warns of a package that has workspaces. */
function publishedOf(
  { workspaces: _, scripts: __, devDependencies, dependencies, exports, ...rest }: Record<
    string,
    unknown
  >,
): Record<string, unknown> {
  const types = "@types/node";
  return {
    ...rest,
    dependencies: Object.fromEntries(
      Object.entries(dependencies as object).filter(([name]) => !BUNDLED.includes(name)),
    ),
    exports: publishedExports(exports as Record<string, string>),
    // Our types speak of Node's; users who write JavaScript need neither.
    peerDependencies: { [types]: (devDependencies as Record<string, string>)[types] },
    peerDependenciesMeta: { [types]: { optional: true } },
  };
}

/** The same subpaths, of the JavaScript that was built. */
function publishedExports(exports: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(exports).map(([subpath, file]) => {
      const built = file.replace(/^\.\//, "./dist/").replace(/\.ts$/, "");
      const isModule = file.endsWith(".ts");
      return [subpath, isModule ? { types: `${built}.d.ts`, default: `${built}.js` } : file];
    }),
  );
}

/** Replaces package.json at once: its readers see one of the two, whole. */
async function replace(text: string): Promise<void> {
  const made = new URL("package.json.new", ROOT);
  await writeFile(made, text);
  await rename(made, PACKAGE);
}

function run(script: string, ...args: string[]): void {
  const { status } = spawnSync(execPath, [fileURLToPath(new URL(script, ROOT)), ...args], {
    cwd: ROOT,
    stdio: ["ignore", 2, 2], // npm pack prints the tarball's name on stdout, and nothing else
  });
  if (status !== 0) exit(status ?? 1);
}

await (argv[2] === "before" ? before() : after());
