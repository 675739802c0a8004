/** A store with a Bash, coreutils, certificates and a derivation, in a folder. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Derivation } from "../../src/nix/derivation/derivation.ts";
import { formatDerivation } from "../../src/nix/derivation/aterm/format.ts";
import { derivationWith } from "../nix/support/derivations.ts";
import { folderToDispose } from "../support/folder.ts";

const pathOf = (letter: string, name: string) => `/nix/store/${letter.repeat(32)}-${name}`;

export const BASH = pathOf("b", "bash-interactive-5.2");
export const COREUTILS = pathOf("c", "coreutils-9.1");
export const CACERT = pathOf("d", "nss-cacert-3.1");
export const TOOL = pathOf("f", "tool-1.0");
export const NIX = pathOf("g", "nix-2.8");
export const DRV = pathOf("h", "tool-1.0.drv");

const FILES: Readonly<Record<string, string>> = {
  [`${BASH}/bin/bash`]: "READLINE_LINE",
  [`${COREUTILS}/bin/env`]: "",
  [`${CACERT}/etc/ssl/certs/ca-bundle.crt`]: "trusted",
  [`${TOOL}/bin/tool`]: "",
  [`${NIX}/bin/nix-store`]: "",
};

/** Makes the store. @returns the derivation's file, what a SPEC says of the store, and what removes it. */
export async function makeShellStore(fields: Partial<Derivation> = {}) {
  const { path: folder, dispose } = await folderToDispose();
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const references = new Map([[TOOL, [COREUTILS]]]);
  const closure = [BASH, COREUTILS, CACERT, TOOL, NIX, DRV].map((path) => ({
    path,
    narSize: 100,
    references: references.get(path) ?? [],
  }));
  const file = join(folder, "closure.json");
  await writeFile(file, JSON.stringify(closure));
  const derivation = derivationWith({
    inputSrcs: [BASH, TOOL],
    builder: `${BASH}/bin/bash`,
    env: new Map([["name", "a-1.0"]]),
    ...fields,
  });
  const drv = join(folder, `${"0".repeat(32)}-${derivation.name}.drv`);
  await writeFile(drv, formatDerivation(derivation));
  return { folder, drv, spec: { store: folder, closure: file }, dispose };
}
