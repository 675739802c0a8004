/** Derivations of shell images, in a Nix root of their own. */
import { mkdtemp, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nixociCommand } from "./command.ts";
import { makeNixRoot, type NixRoot, placeFiles } from "./nix-root.ts";
import { peers } from "./peers.ts";

export interface ShellRoot extends NixRoot {
  /** Instantiates a derivation, and builds what it needs. */
  prepare(name: string): Promise<string>;
  /** Builds a derivation; returns its output. */
  build(name: string): Promise<string>;
}

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** Makes the root, in which `nixoci` is a program as well. */
export async function makeShellRoot(): Promise<ShellRoot> {
  const folder = await mkdtemp(join(peers.folder, "root-"));
  const programs = [REPOSITORY, dirname(process.execPath)].filter((path) =>
    !path.startsWith("/usr/")
  );
  const root = await makeNixRoot(folder, [...new Set(programs)]);
  const words = nixociCommand().map((word) => `'${word}'`).join(" ");
  const program = {
    path: "/usr/local/bin/nixoci",
    content: `#!/bin/sh\nexec ${words} "$@"\n`,
    mode: 0o755,
  };
  await placeFiles(root, [program]);
  for (const name of ["shells.nix", "shell-images.nix"]) {
    const content = await readFile(new URL(name, import.meta.url));
    await placeFiles(root, [{ path: `/etc/${name}`, content }]);
  }
  return {
    ...root,
    async prepare(name) {
      const drv = (await root.nix("nix-instantiate", "/etc/shell-images.nix", "-A", name)).trim()
        .replace(/!.*/, "");
      const inputs = await root.nix("nix-store", "--query", "--references", drv);
      const drvs = inputs.split("\n").filter((path) => path.endsWith(".drv"));
      if (drvs.length > 0) await root.nix("nix-store", "--realise", ...drvs);
      return drv;
    },
    build: async (name) =>
      (await root.nix("nix-build", "/etc/shell-images.nix", "-A", name, "--no-out-link")).trim(),
  };
}
