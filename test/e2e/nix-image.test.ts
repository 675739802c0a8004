/**
 * examples/nix in Docker: an image with Nix for one user, from real packages; with it the cases of
 * nix-container-images' tests nix, env and readme.
 */
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { attempt } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { makeNixRoot, type NixRoot, placeFiles } from "./support/nix-root.ts";
import { lacks, peers } from "./support/peers.ts";
import { unkilled } from "./support/unkilled.ts";

let root: NixRoot;
let folder: string;
let spec: Spec;
const paths: Record<string, string> = {};

async function load(name: string, asked: Spec): Promise<string> {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(asked));
  const words = ["build", "-q", "--host", peers.engines.docker!, "--store", root.folder];
  const { status, stderr } = await nixoci([...words, file, `daemon:${name}`], {
    env: peers.env,
  });
  expect([status, stderr]).toEqual([0, expect.not.stringContaining("lacks")]);
  return name;
}

async function ran(name: string, script: string, ...flags: string[]) {
  const words = ["docker", "--host", peers.engines.docker!, "run", "--rm", "--network", "none"];
  const command = ["/bin/bash", "-ec", script];
  const all = [...words, ...flags, name, ...command];
  const { status, stdout, stderr } = await unkilled(() => attempt(all));
  return { status, output: stdout.toString(), stderr };
}

/** A build of a derivation whose builder is the image's bash. */
const buildScript = () =>
  `nix-build --no-out-link -E 'derivation {
    name = "built"; system = builtins.currentSystem; builder = "${paths["bash"]}/bin/bash";
    args = [ "-c" "echo made by $UID > $out" ];
  }' | { read path; cat $path; }`;

describe.skipIf(lacks("docker", "nix", "patchelf", "root"))("an image with Nix", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(peers.folder, "nix-image-"));
    root = await makeNixRoot(await mkdtemp(join(peers.folder, "root-")));
    for (const name of ["spec.nix", "debian.nix"]) {
      const content = await readFile(new URL(`../../examples/nix/${name}`, import.meta.url));
      await placeFiles(root, [{ path: `/etc/example/${name}`, content }]);
    }
    for (const name of ["nix", "bash", "coreutils"]) {
      const words = ["nix-build", "/etc/example/debian.nix", "-A", name, "--no-out-link"];
      paths[name] = (await root.nix(...words, "--option", "sandbox", "false")).trim();
    }
    const expression = "with import /etc/example/debian.nix; " +
      "import /etc/example/spec.nix { inherit nix bash coreutils settings; }";
    const words = ["nix-instantiate", "--eval", "--strict", "--json", "-E", expression];
    spec = JSON.parse(await root.nix(...words));
    // There is no network.
    spec.nix!.settings!["substitute"] = false;
  });

  describe("for root", () => {
    let name: string;
    beforeAll(async () => {
      name = await load("e2e-nix-image", spec);
    });

    test("has Nix, its channels and its users", async () => {
      expect(await ran(name, "nix --version; cat ~/.nix-channels; id nixbld3")).toEqual({
        status: 0,
        stderr: "",
        output: expect.stringMatching(
          /^nix \(Nix\) 2\.\S+\nhttps:\/\/channels\.nixos\.org\/nixos-unstable nixpkgs\nuid=30003\(nixbld3\) gid=30000\(nixbld\) groups=30000\(nixbld\)\n$/,
        ),
      });
    });

    test("builds with them, and finds all of its store unchanged", async () => {
      const script = `${buildScript()}; nix-store --verify --check-contents; nix-collect-garbage`;
      const { status, output, stderr } = await ran(name, script);
      expect([status, stderr]).toEqual([0, expect.stringContaining("deleting garbage")]);
      expect(output).toContain("made by 3000");
      expect(stderr).not.toMatch(/modified|disappeared|not valid|error:/);
    });
  });

  test("for a user, who owns the store", async () => {
    const name = await load("e2e-nix-image-user", {
      ...spec,
      users: { me: { isNormalUser: true } },
      nix: { ...spec.nix, user: "me" },
      config: { ...spec.config, User: "me", Env: ["USER=me", "HOME=/home/me"] },
    });
    const script = `cat ~/.nix-channels; ${buildScript()}; touch ~/mine`;
    expect(await ran(name, script)).toMatchObject({
      status: 0,
      output: "https://channels.nixos.org/nixos-unstable nixpkgs\nmade by 1000\n",
    });
  });

  test("env: a variable reaches programs of systemPackages", async () => {
    const name = await load("e2e-nix-image-env", {
      systemPackages: [paths["coreutils"]!, paths["bash"]!],
      config: { Env: ["KEY=value"] },
    });
    expect((await ran(name, "env")).output).toContain("KEY=value\n");
  });

  test("readme: a normal user beside packages; from: the same on a base", async () => {
    const base = await load("e2e-nix-image-readme", {
      systemPackages: [paths["coreutils"]!, paths["bash"]!],
      users: { alice: { isNormalUser: true } },
    });
    const script = "id -un; echo $HOME; stat -c %U ~";
    const flags = ["--user", "alice"];
    expect((await ran(base, script, ...flags)).output).toBe("alice\n/home/alice\nalice\n");
    const file = join(folder, "from.tar");
    await attempt(["docker", "--host", peers.engines.docker!, "save", "-o", file, base]);
    const above = await load("e2e-nix-image-from", {
      fromImage: file,
      users: { bob: { isNormalUser: true } },
    });
    expect((await ran(above, "id alice; id bob")).output)
      .toBe(
        "uid=1000(alice) gid=100(users) groups=100(users)\nuid=1001(bob) gid=100(users) groups=100(users)\n",
      );
  });
});
