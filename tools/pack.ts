/**
 * What `npm pack` publishes is JavaScript, and only what its users need to know: `before` it, the
 * types are written into `dist/`, library and command line are bundled, manual pages are written, and
 * package.json gives way to the published one; `after` it, it comes back. (Node runs TypeScript, but not below node_modules.)
 *
 * A pack that was killed leaves the original in `package.json.original`: `node tools/pack.ts after`
 * puts it back, and so does the next `before`.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { argv, execPath, exit } from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);
const PACKAGE = new URL("package.json", ROOT);
const SBOM = new URL("dist/sbom.cdx.json", ROOT);
const MAN = new URL("dist/man/", ROOT);
const ORIGINAL = new URL("package.json.original", ROOT);

async function before(): Promise<void> {
  await after();
  await rm(new URL("dist", ROOT), { recursive: true, force: true });
  run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
  run("tools/bundle.ts");
  run("tools/library.ts");
  run("tools/man.ts", fileURLToPath(MAN));
  await writeSbom();
  const original = await readFile(PACKAGE, "utf8");
  const man = (await readdir(MAN)).sort().map((name) => `./dist/man/${name}`);
  const published = JSON.stringify({ ...publishedOf(JSON.parse(original)), man }, null, 2) + "\n";
  await writeFile(ORIGINAL, original);
  await replace(published);
}

/** What npm says of the parts of a package, as far as it is used here. */
interface Bom {
  readonly serialNumber: string;
  readonly metadata: {
    readonly timestamp: string;
    readonly component: { name: string; readonly "bom-ref": string };
  };
  readonly components: readonly {
    readonly "bom-ref": string;
    readonly properties?: readonly { readonly name: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/**
 * Writes down what the package is made of, with hashes: what it needs, and what is in its bundle.
 * Without what is another each time, so that the same sources make the same package.
 * @see https://cyclonedx.org/docs/1.5/json/
 */
async function writeSbom(): Promise<void> {
  const words = ["--package-lock-only", "--workspaces=false"];
  const { status, stdout } = spawnSync("npm", ["sbom", "--sbom-format=cyclonedx", ...words], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", 2],
    encoding: "utf8",
  });
  if (status !== 0) exit(status ?? 1);
  const { serialNumber: _, metadata: { timestamp: __, ...metadata }, ...rest } = omitDevelopment(
    JSON.parse(stdout),
  );
  metadata.component.name = "nixoci"; // npm takes the folder's
  await writeFile(SBOM, JSON.stringify({ ...rest, metadata }, null, 2) + "\n");
}

/** Leaves out what only our development needs: npm's own --omit=dev omits what both need, too. */
function omitDevelopment(bom: Bom): Bom {
  const isNeeded = ({ properties = [] }: Bom["components"][number]) =>
    !properties.some(({ name }) => name === "cdx:npm:package:development");
  const components = bom.components.filter(isNeeded);
  const refs = new Set(components.map((one) => one["bom-ref"]));
  refs.add(bom.metadata.component["bom-ref"]);
  const dependencies = bom.dependencies.filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
  return { ...bom, components, dependencies };
}

/** Does no harm where there is nothing to put back. */
async function after(): Promise<void> {
  if (existsSync(ORIGINAL)) await rename(ORIGINAL, PACKAGE);
}

/** Packages that the command line alone needs, whose bundle has them: nobody need install them. */
const BUNDLED = ["@oclif/core", "bcryptjs", "croner"];

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

/** The same subpaths, of the JavaScript that tools/library.ts has made, and the types that tsc has. */
function publishedExports(exports: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(exports).map(([subpath, file]) => {
      if (!file.endsWith(".ts")) return [subpath, file];
      const types = file.replace(/^\.\//, "./dist/").replace(/\.ts$/, ".d.ts");
      const name = subpath === "." ? "mod" : basename(subpath);
      return [subpath, { types, default: `./dist/lib/${name}.js` }];
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
