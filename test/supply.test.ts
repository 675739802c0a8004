/** What is installed with nixoci, and what it may do: nothing that the lockfile does not prove. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));
const { packages }: { packages: Readonly<Record<string, Locked>> } = read("package-lock.json");
const { dependencies, scripts } = read("package.json");
const INSTALLED = Object.entries(packages)
  .filter(([path, { link }]) => path.startsWith("node_modules/") && !link);

/** The packages that the package needs, and those that they need. */
function listNeeded(): Map<string, Locked> {
  const found = new Map<string, Locked>();
  const visit = (name: string, from: string): void => {
    const path = findInstalled(name, from);
    if (found.has(path)) return;
    found.set(path, packages[path]!);
    for (const next of Object.keys(packages[path]!.dependencies ?? {})) visit(next, path);
  };
  for (const name of Object.keys(dependencies)) visit(name, "");
  return found;
}

/** Finds a package as Node does: beside who asks, then further up. */
function findInstalled(name: string, from: string): string {
  const path = `${from && `${from}/`}node_modules/${name}`;
  if (path in packages) return path;
  if (from === "") throw new Error(`${name} is not in the lockfile`);
  return findInstalled(name, from.split("/node_modules/").slice(0, -1).join("/node_modules/"));
}

describe("the supply chain", () => {
  it("is pinned: each package of the lockfile has the hash of its bytes", () => {
    expect(INSTALLED.length).toBeGreaterThan(100);
    const loose = INSTALLED.filter(([, { version, integrity }]) =>
      version === undefined || !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? "")
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  it("has exact versions, and the lockfile has the same", () => {
    for (const [name, version] of Object.entries<string>(dependencies)) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(packages[`node_modules/${name}`]!.version).toBe(version);
    }
    expect(packages[""]!.dependencies).toEqual(dependencies);
  });

  it("runs nothing when it is installed", () => {
    const needed = listNeeded();
    expect(needed.size).toBeGreaterThan(Object.keys(dependencies).length);
    const running = [...needed].filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(running.map(([path]) => path)).toEqual([]);
    // npm runs `prepare` in a clone, and leaves it out of what is published (tools/pack.ts).
    for (const name of ["preinstall", "install", "postinstall"]) {
      expect(scripts).not.toHaveProperty(name);
    }
  });

  it("has one package with an install script among what only developers need", () => {
    const running = INSTALLED.filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(running.filter(([, { dev, optional }]) => !optional || !dev).map(([path]) => path))
      .toEqual(["node_modules/deno"]);
  });

  it("is released by actions that are named by commit, without a token, with provenance", () => {
    const folder = new URL("../.github/workflows/", import.meta.url);
    const read = (name: string) => readFileSync(new URL(name, folder), "utf8");
    const workflow = read("release.yml");
    const uses = readdirSync(folder).flatMap((name) => read(name).match(/uses: .*/g) ?? []);
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((one) => !/^uses: [\w/-]+@[0-9a-f]{40} # v[\d.]+$/.test(one))).toEqual([]);
    expect(workflow).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|pull_request_target/);
    expect(workflow).toMatch(/npm publish --provenance /);
    expect(workflow.match(/^permissions: .*$/gm)).toEqual(["permissions: {}"]);
  });
});
