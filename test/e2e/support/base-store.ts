/** A store with what base images are made of: this machine's Nix and programs, and a small nixpkgs. */
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Spec } from "../../../src/compose/spec/spec.ts";
import { run } from "./command.ts";
import { makeNixRoot, placeFiles } from "./nix-root.ts";
import { peers } from "./peers.ts";

/** The store, and what tests need of it. */
export interface BaseStore {
  readonly folder: string;
  /** For `--store`. */
  readonly root: string;
  /** Store paths by the names of their packages. */
  readonly packages: Readonly<Record<"nix" | "bash" | "coreutils" | "tools", string>>;
  /** An archive of nixpkgs, and the hash of its NAR as people write it into expressions. */
  readonly archive: string;
  readonly sha256: string;
  /** The SPEC of a base image of all that, for containers without a network. */
  readonly spec: Spec;
}

const EXAMPLES = new URL("../../../examples/nix/", import.meta.url);

/** Makes the store; Nix, patchelf and root are needed. */
export async function makeBaseStore(): Promise<BaseStore> {
  const folder = await mkdtemp(join(peers.folder, "base-store-"));
  const root = await makeNixRoot(await mkdtemp(join(peers.folder, "root-")));
  const content = await readFile(new URL("debian.nix", EXAMPLES));
  await placeFiles(root, [{ path: "/etc/example/debian.nix", content }]);
  const build = async (name: string) => {
    const words = ["nix-build", "/etc/example/debian.nix", "-A", name, "--no-out-link"];
    return (await root.nix(...words, "--option", "sandbox", "false")).trim();
  };
  const packages = {
    nix: await build("nix"),
    bash: await build("bash"),
    coreutils: await build("coreutils"),
    tools: await build("tools"),
  };
  const archive = join(folder, "nixpkgs.tar.gz");
  const tree = await makeNixpkgs(folder, packages);
  await run(["tar", "-czf", archive, "-C", folder, "nixpkgs-1"]);
  await run(["sh", "-c", `nix-store --dump '${tree}' > '${folder}/nar'`]);
  const sha256 =
    (await run(["nix-hash", "--flat", "--type", "sha256", "--base32", join(folder, "nar")]))
      .trim();
  const { nix, bash, coreutils, tools } = packages;
  const settings = { "build-hook": `${nix}/libexec/nix/build-remote`, substitute: false };
  const spec: Spec = {
    store: root.folder,
    nix: { package: nix, settings },
    systemPackages: [bash, coreutils, tools],
    nixpkgs: archive,
  };
  return { folder, root: root.folder, packages, archive, sha256, spec };
}

/** Makes a nixpkgs of one package, whose builder the image has. */
async function makeNixpkgs(
  folder: string,
  { bash, coreutils }: Pick<BaseStore["packages"], "bash" | "coreutils">,
): Promise<string> {
  const tree = join(folder, "nixpkgs-1");
  await mkdir(join(tree, "pkgs"), { recursive: true });
  await writeFile(join(tree, "default.nix"), "{ ... }: import ./pkgs\n");
  await writeFile(
    join(tree, "pkgs/default.nix"),
    `let bash = builtins.storePath ${bash}; coreutils = builtins.storePath ${coreutils}; in {
  posix = derivation {
    name = "posix-1";
    system = builtins.currentSystem;
    builder = "\${bash}/bin/bash";
    args = [ "-c" ''
      PATH=\${coreutils}/bin
      mkdir -p $out/bin
      ln -s \${bash}/bin/sh \${coreutils}/bin/env $out/bin/
    '' ];
  };
  hello = derivation {
    name = "hello-1";
    system = builtins.currentSystem;
    builder = "\${bash}/bin/bash";
    inherit bash;
    args = [ "-c" ''
      PATH=\${coreutils}/bin
      mkdir -p $out/bin $out/etc/hello $out/share
      printf '#!%s/bin/bash\\necho hello\\n' $bash > $out/bin/hello
      chmod +x $out/bin/hello
      echo conf > $out/etc/hello/hello.conf
      ln -s /nowhere $out/etc/dangling
      ln -s . $out/share/circle
      mkdir $out/a $out/b
      ln -s ../b $out/a/x
      ln -s ../a $out/b/y
      ln -s /nix/var/nix $out/outside
      ln -s etc $out/linked
    '' ];
  };
}
`,
  );
  return tree;
}
