/** What `npm pack` makes works elsewhere: as a command and as a library, with types, on Node and Deno. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { openSink } from "../../transports/mod.ts";
import { image } from "../support/images.ts";
import { listPackageProblems, listTypeProblems } from "../support/lint-package.ts";
import { lacks } from "../support/tools.ts";
import { PACKAGE, spawned } from "./run.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MODULES = join(ROOT, "node_modules");
const NODE = join(MODULES, ".bin", "node");
const NEEDED = ["npm", "tar"];
const DENO = join(MODULES, ".bin", "deno");

let folder: string;
let elsewhere: string;
let packed: string[];
let tarball: string;

beforeAll(async () => {
  if (lacks(...NEEDED)) return;
  folder = await mkdtemp(join(tmpdir(), "nixoci-test-"));
  elsewhere = join(folder, "elsewhere");
  tarball = await pack();
  await install();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Packs a copy of this repository, so that what npm does to it while it packs meets nobody. */
async function pack(): Promise<string> {
  const clone = join(folder, "clone");
  const left = new Set(["node_modules", ".git", "dist", "release"]);
  const filter = (path: string) =>
    !left.has(basename(path)) || path === join(ROOT, "tools", "release");
  for (const name of await readdir(ROOT)) {
    const [from, to] = [join(ROOT, name), join(clone, name)];
    if (filter(from)) await cp(from, to, { recursive: true, filter });
  }
  await symlink(MODULES, join(clone, "node_modules"));
  const before = await readFile(join(clone, "package.json"), "utf8");
  const { status, stdout, stderr } = await run("npm", ["pack", "--json", "--offline"], clone);
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`);
  expect(await readFile(join(clone, "package.json"), "utf8")).toBe(before);
  const [made] = Object.values<{ filename: string; files: { path: string }[] }>(JSON.parse(stdout));
  packed = made!.files.map(({ path }) => path);
  return join(clone, made!.filename);
}

/** As `npm install` would, but from the dependencies that are here: no network. */
async function install(): Promise<void> {
  const home = join(elsewhere, "node_modules", "nixoci");
  await mkdir(home, { recursive: true });
  expect((await run("tar", ["xzf", tarball, "-C", home, "--strip-components=1"], folder)).status)
    .toBe(0);
  const { dependencies } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  for (const name of [...Object.keys(dependencies), "@types/node", "undici-types"]) {
    const link = join(elsewhere, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(MODULES, name), link);
  }
  await writeFile(join(elsewhere, "package.json"), '{ "type": "module" }');
  await writeFile(join(elsewhere, "use.ts"), USE);
}

const USE = `
import { type CopyResult, copy, openSink, openSource } from "nixoci";
const [from = "", to = ""] = process.argv.slice(2);
const source = await openSource(from);
const sink = await openSink(to);
const result: CopyResult = await copy(source, sink);
const digest: \`sha256:\${string}\` | \`sha512:\${string}\` = result.images[0]!.descriptor.digest;
// @ts-expect-error: types are there, and say that bytes are a number
const wrong: string = result.bytes;
console.log(digest, typeof wrong);
await sink[Symbol.asyncDispose]();
await source[Symbol.asyncDispose]();
`;

function run(command: string, args: readonly string[], cwd = elsewhere) {
  // The Node that npm's scripts find has to be one that runs them.
  const PATH = [join(MODULES, ".bin"), process.env.PATH].join(delimiter);
  return spawned(command, args, "", { cwd, env: { ...process.env, PATH } });
}

async function layout(): Promise<{ location: string; digest: string }> {
  const location = `oci-dir:${await mkdtemp(join(folder, "in-"))}`;
  const root = await image();
  const sink = await openSink(location);
  await copy({ resolve: () => Promise.resolve(root), async [Symbol.asyncDispose]() {} }, sink);
  await sink[Symbol.asyncDispose]();
  return { location, digest: root.manifest.descriptor.digest };
}

describe.skipIf(lacks(...NEEDED))("the packed package", () => {
  it("holds the launcher, JavaScript, types and licences, and nothing else", () => {
    expect(packed).toContain("bin/nixoci.js");
    expect(packed).toContain("dist/lib/mod.js");
    expect(packed).toContain("dist/cli/deflate-worker.cjs");
    expect(packed).toContain("dist/lib/deflate-worker.js");
    expect(packed).toContain("dist/src/mod.d.ts");
    expect(packed).toContain("dist/man/nixoci-copy.1");
    expect(packed).toContain("LICENSE");
    expect(packed).toContain("dist/cli/LICENSES.txt"); // of what is bundled
    const others = packed.filter((path) =>
      !/^(bin\/(nixoci\.js|bundle\.cjs|version\.cjs)|dist\/(src|transports)\/.*\.d\.ts|dist\/lib\/[^/]+\.js|dist\/cli\/[^/]+\.cjs|dist\/cli\/LICENSES\.txt|dist\/man\/nixoci[a-z-]*\.1|dist\/sbom\.cdx\.json|[A-Z]+(\.md)?|package\.json)$/
        .test(path)
    );
    expect(others).toEqual([]);
    expect(packed.filter((path) => path.startsWith("dist/src/cli/"))).toEqual([]);
  });

  it("says what it is made of, each part with a hash, always the same", async () => {
    const file = join(elsewhere, "node_modules", "nixoci", "dist", "sbom.cdx.json");
    const text = await readFile(file, "utf8");
    const { metadata, components } = JSON.parse(text);
    expect(metadata.component.name).toBe(PACKAGE.name);
    const names: string[] = components.map(({ name }: { name: string }) => name);
    const some = ["re2js", "semver", "smol-toml", "undici", "yaml", "zod", "@oclif/core"];
    expect(names).toEqual(expect.arrayContaining(some));
    for (const name of ["typescript", "vitest", "deno"]) expect(names).not.toContain(name);
    for (const { hashes } of components) expect(hashes[0].alg).toBe("SHA-512");
    expect(text).not.toMatch(/timestamp|serialNumber/);
  });

  it("says of itself what its users need, and no more", async () => {
    const home = join(elsewhere, "node_modules", "nixoci");
    const published = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
    for (const field of ["workspaces", "scripts", "devDependencies"]) {
      expect(published).not.toHaveProperty(field);
    }
    const ofSignatures = ["bundle", "core", "protobuf-specs", "verify"].map((one) =>
      `@sigstore/${one}`
    );
    const needed = ["re2js", "semver", "smol-toml", "undici", "yaml", "zod"];
    expect(Object.keys(published.dependencies))
      .toEqual(["@noble/ciphers", ...ofSignatures, ...needed]);
    expect(published.peerDependenciesMeta).toEqual({ "@types/node": { optional: true } });
  });

  it("has each part under a subpath, which loads no more than that needs", async () => {
    const home = join(elsewhere, "node_modules", "nixoci");
    const { exports } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
    const subpaths = Object.keys(exports).filter((subpath) => subpath !== "./package.json");
    expect(subpaths.length).toBeGreaterThan(10);
    const specifiers = subpaths.map((subpath) => `nixoci${subpath.slice(1)}`);
    const script = specifiers.map((name, n) => `import * as m${n} from "${name}";`).join("\n") +
      `\nconsole.log(${specifiers.map((_, n) => `Object.keys(m${n}).length > 0`).join(" && ")});`;
    await writeFile(join(elsewhere, "subpaths.mjs"), script);
    expect(await run(NODE, ["subpaths.mjs"])).toEqual({ status: 0, stdout: "true\n", stderr: "" });
    const loaded = `
      import { registerHooks } from "node:module";
      import { statSync } from "node:fs";
      const home = new URL("./node_modules/nixoci/", import.meta.url).href;
      const files = [];
      registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) });
      const sizes = [];
      for (const name of ["nixoci/copy", "nixoci"]) {
        await import(name);
        const own = files.filter((url) => url.startsWith(home));
        sizes.push(own.reduce((sum, url) => sum + statSync(new URL(url)).size, 0));
      }
      console.log(JSON.stringify(sizes));`;
    await writeFile(join(elsewhere, "loaded.mjs"), loaded);
    const [ofCopy, ofAll] = JSON.parse((await run(NODE, ["loaded.mjs"])).stdout);
    expect(ofCopy).toBeGreaterThan(0);
    expect(ofCopy).toBeLessThan(ofAll / 4);
  });

  it("is what npm, publint and TypeScript's resolutions have nothing against", async () => {
    const bytes = await readFile(tarball);
    expect(await listPackageProblems(bytes)).toEqual([]);
    expect(await listTypeProblems(bytes)).toEqual([]);
    const words = ["publish", "--dry-run", "--offline", "--loglevel=warn", tarball];
    const { status, stderr } = await run("npm", words);
    const warnings = stderr.match(/^npm warn .*$/gm) ?? [];
    expect(status, stderr).toBe(0);
    expect(warnings.filter((line) => !line.includes("requires you to be logged in"))).toEqual([]);
  });

  it("notices a package that promises what it has not", async () => {
    const clone = join(folder, "broken");
    await mkdir(clone);
    const exports = { ".": { types: "./a.d.ts", default: "./b.js" } };
    const about = { name: "broken", version: "1.0.0", type: "module", exports };
    await writeFile(join(clone, "package.json"), JSON.stringify(about));
    await writeFile(join(clone, "a.d.ts"), 'export * from "./c.js";\n');
    expect((await run("npm", ["pack", "--offline"], clone)).status).toBe(0);
    const bytes = await readFile(join(clone, "broken-1.0.0.tgz"));
    expect(await listPackageProblems(bytes)).toHaveLength(1);
    expect(await listTypeProblems(bytes)).not.toEqual([]);
  });

  it("can be made again after a pack that was killed", async () => {
    const clone = join(folder, "clone");
    const read = () => readFile(join(clone, "package.json"), "utf8");
    const original = await read();
    await writeFile(join(clone, "package.json.original"), original);
    await writeFile(join(clone, "package.json"), "{}");
    expect(await run(NODE, ["tools/pack.ts", "after"], clone)).toMatchObject({ status: 0 });
    expect(await read()).toBe(original);
    expect(await run(NODE, ["tools/pack.ts", "after"], clone)).toMatchObject({ status: 0 });
    expect(await read()).toBe(original);
  });

  it.each([["Node", NODE, []], ["Deno", DENO, ["run", "-A"]]])(
    "is a command on %s",
    async (_, runtime, args) => {
      const bin = join(elsewhere, "node_modules", "nixoci", "bin", "nixoci.js");
      const { location, digest } = await layout();
      const out = `oci-dir:${await mkdtemp(join(folder, "out-"))}`;
      const version = await run(runtime, [...args, bin, "--version"]);
      expect(version.stdout).toBe(`nixoci ${PACKAGE.version}\n`);
      const copied = await run(runtime, [...args, bin, "copy", "-q", location, out]);
      expect(copied).toEqual({ status: 0, stdout: `${digest}\n`, stderr: "" });
    },
  );

  it.each([["Node", NODE, []], ["Deno", DENO, ["run", "-A"]]])(
    "is a library on %s",
    async (_, runtime, args) => {
      const { location, digest } = await layout();
      const out = `oci-dir:${await mkdtemp(join(folder, "out-"))}`;
      const used = await run(runtime, [...args, "use.ts", location, out]);
      expect(used).toMatchObject({ status: 0, stdout: `${digest} number\n` });
    },
  );

  it("has types that TypeScript understands, its own libraries' included", async () => {
    const tsc = join(MODULES, "typescript", "bin", "tsc");
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024"];
    const libraries = ["--types", "node", "--skipLibCheck", "false"];
    const checked = await run(NODE, [tsc, ...options, ...libraries, "use.ts"]);
    expect(checked).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("has types that Deno understands", async () => {
    const { status, stderr } = await run(DENO, ["check", "--quiet", "use.ts"]);
    expect([status, stderr]).toEqual([0, ""]);
  });
});
