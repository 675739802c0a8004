/** The flake, and a project of its template, as a new user has them. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../support/command.ts";
import { lacks, need, peers } from "../support/peers.ts";
import { findPackage, type Suite } from "./suite.ts";

/** The inputs that a user would get from elsewhere. */
const NIXPKGS = 'nixpkgs.url = "path:/repo/test/nix-functions"';
/** The program without its npm packages, which there are none of here: what a bundle has instead. */
const PACKAGE = "{ pkgs }: import ./bundle.nix { inherit pkgs; src = ../..; }\n";

/** What the package is made of. */
// deno-fmt-ignore
const SOURCES = ["bin", "src", "transports", "tools", "nix", "package.json", "package-lock.json", "LICENSE"];

async function change(file: string, ...changes: [RegExp, string][]): Promise<void> {
  const text = await readFile(file, "utf8");
  await writeFile(file, changes.reduce((all, [from, to]) => all.replace(from, to), text));
}

/** Tests of the flake. */
export function testFlake(suite: () => Suite): void {
  /** Runs a command of flakes, in the project. */
  const nix = async (...words: string[]) => {
    const flags = ["--extra-experimental-features", "flakes"];
    const command = ["sh", "-c", 'cd /build/project && exec nix "$@"', "nix", ...flags, ...words];
    return await suite().root.nix(...command);
  };

  test.skipIf(lacks("registry", "docker"))("begin a project of the template", async () => {
    const { folder } = suite().root;
    const { host } = need(peers.registries.plain, "a registry");
    for (const part of ["nix", "flake.nix", "bin", "dist", "LICENSE"]) {
      await cp(join(folder, "repo", part), join(folder, "build/flake", part), { recursive: true });
    }
    await change(join(folder, "build/flake/flake.nix"), [/nixpkgs\.url = ".*"/, NIXPKGS]);
    await writeFile(join(folder, "build/flake/nix/package/default.nix"), PACKAGE);
    await run(["mkdir", join(folder, "build/project")]);
    await nix("flake", "init", "-t", "path:/build/flake");
    await change(
      join(folder, "build/project/flake.nix"),
      [/nixpkgs\.url = ".*"/, NIXPKGS],
      [/flake:nixoci/, "path:/build/flake"],
      [/registry\.example/, host],
    );
    const would = await nix("run", "path:.#image.publish", "--", "--dry-run", "--json");
    expect(JSON.parse(would).blobs.length).toBeGreaterThan(1);
    await nix("run", "path:.#load", "--", "--host", peers.engines.docker!);
    const docker = ["docker", "--host", peers.engines.docker!, "run", "--rm", "--network", "none"];
    expect(await run([...docker, `${host}/team/hello:latest`])).toBe("Hello, world!\n");
    // What another host would run, as far as it can be said here.
    for (const app of ["load", "publish"]) {
      const program = await nix("eval", "--raw", `path:.#apps.aarch64-darwin.${app}.program`);
      expect(program).toMatch(/\/bin\/(copy-to-docker-daemon|publish)$/);
    }
  });

  test("build the package from the lockfile, without a network", async ({ skip }) => {
    const wanted: { integrity: string; url: string }[] = await suite().evaluate("npmPackages");
    const found = wanted.map(({ integrity }) => [integrity, findPackage(integrity)]);
    const at = found.findIndex(([, file]) => file === undefined);
    if (at !== -1) skip(`npm's cache lacks ${wanted[at]!.url}`);
    const source = join(suite().root.folder, "source");
    for (const part of SOURCES) {
      await cp(new URL(`../../../${part}`, import.meta.url), join(source, part), {
        recursive: true,
      });
    }
    await writeFile(join(source, "files.json"), JSON.stringify(Object.fromEntries(found)));
    const path = await suite().buildOffline("package");
    expect(await suite().run(`${path}/bin/nixoci`, "--version")).toMatch(/^nixoci \d/);
  });

  test("evaluate the package for each system", async () => {
    const from = ["--override-input", "nixpkgs", "path:/repo/test/nix-functions"];
    for (const system of ["x86_64-linux", "aarch64-darwin"]) {
      const words = ["eval", "--raw", "--no-write-lock-file", ...from];
      expect(await nix(...words, `path:/repo#packages.${system}.default.drvPath`))
        .toMatch(/nixoci-.*\.drv$/);
    }
  });
}
