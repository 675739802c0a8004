/** Derivations that Nix 2.8 made: `test/golden/nix/derivations`. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseDerivation } from "../../../src/nix/derivation/aterm/parse.ts";
import type { Derivation } from "../../../src/nix/derivation/derivation.ts";

export const GOLDEN = fileURLToPath(new URL("../../golden/nix/derivations", import.meta.url));

/** The names of the files, which are base names of store paths. */
export const FILES = readdirSync(GOLDEN).filter((file) => file.endsWith(".drv"));

/** All of them, by their store paths. */
export const DERIVATIONS: ReadonlyMap<string, Derivation> = new Map(
  FILES.map((file) => [`/nix/store/${file}`, parseGolden(file)]),
);

/** The store path of one, by its name. */
export function goldenPathOf(name: string): string {
  return `/nix/store/${FILES.find((file) => file.slice(33) === `${name}.drv`)!}`;
}

export function golden(name: string): Derivation {
  return DERIVATIONS.get(goldenPathOf(name))!;
}

export function readGolden(file: string): Buffer {
  return readFileSync(`${GOLDEN}/${file}`);
}

/** A derivation with nothing in it but what is given. */
export function derivationWith(fields: Partial<Derivation>): Derivation {
  return {
    name: "a-1.0",
    outputs: new Map([["out", { kind: "input-addressed", path: OUT }]]),
    inputDrvs: new Map(),
    inputSrcs: [],
    system: "x86_64-linux",
    builder: "/bin/sh",
    args: [],
    env: new Map(),
    ...fields,
  };
}

export const OUT = `/nix/store/${"0".repeat(32)}-a-1.0`;

function parseGolden(file: string): Derivation {
  return parseDerivation(readGolden(file), file.slice(33, -".drv".length));
}
