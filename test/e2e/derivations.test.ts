/** Derivations beside Nix itself, which makes them. */
import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { formatDerivation } from "../../src/nix/derivation/aterm/format.ts";
import { parseDerivation } from "../../src/nix/derivation/aterm/parse.ts";
import { type Derivation, outputPathOf } from "../../src/nix/derivation/derivation.ts";
import { formatDerivations } from "../../src/nix/derivation/json/format.ts";
import { parseDerivations } from "../../src/nix/derivation/json/parse.ts";
import { computeOutputPaths } from "../../src/nix/derivation/output-paths.ts";
import { computeDerivationPath } from "../../src/nix/derivation/paths.ts";
import { isEscaped } from "../../src/tar/name.ts";
import { parseStorePath } from "../../src/nix/formats/store-path.ts";
import { run } from "./support/command.ts";
import { writeDerivations } from "./support/derivations.ts";
import { lacks, peers } from "./support/peers.ts";

const COUNT = 300;
const FEATURES = "nix-command ca-derivations impure-derivations";
const OPTIONS = ["--extra-experimental-features", FEATURES];

describe.skipIf(lacks("nix"))("derivations that Nix made", () => {
  const made = new Map<string, { readonly bytes: Buffer; readonly derivation: Derivation }>();
  let options: string[] = [];

  beforeAll(async () => {
    const folder = await mkdtemp(join(peers.folder, "derivations-"));
    options = [...OPTIONS, "--store", folder];
    const file = await writeDerivations(folder, COUNT, 1);
    const printed = await run(["nix-instantiate", ...options, file]);
    for (const path of printed.trim().split("\n").map((line) => line.replace(/!.*/, ""))) {
      const bytes = await readFile(join(folder, path));
      const name = parseStorePath(path).name.replace(/\.drv$/, "");
      made.set(path, { bytes, derivation: parseDerivation(bytes, name) });
    }
  });

  test("are printed back byte for byte, and have the store paths that we compute", () => {
    expect(made.size).toBe(COUNT);
    for (const [path, { bytes, derivation }] of made) {
      expect(formatDerivation(derivation).equals(bytes), path).toBe(true);
      expect(computeDerivationPath(derivation)).toBe(path);
    }
  });

  test("have outputs of all kinds, with the paths that we compute", async () => {
    const kinds = new Set<string>();
    const lookUp = (path: string) => Promise.resolve(made.get(path)!.derivation);
    for (const { derivation } of made.values()) {
      const paths = await computeOutputPaths(derivation, lookUp);
      for (const [name, output] of derivation.outputs) {
        kinds.add(output.kind);
        expect(paths.get(name)).toBe(outputPathOf(output));
      }
    }
    expect([...kinds].sort())
      .toEqual(["deferred", "fixed", "floating", "impure", "input-addressed"]);
  });

  test("are what nix show-derivation says, and the same in every form of it", async () => {
    const inJson = [...made].filter(([, { derivation }]) =>
      ![...derivation.env.values()].some(isEscaped)
    );
    expect(inJson.length).toBeLessThan(COUNT);
    const args = inJson.map(([path]) => path);
    const shown = parseDerivations(await run(["nix", ...options, "show-derivation", ...args]));
    expect(shown.size).toBe(inJson.length);
    for (const [path, { bytes, derivation }] of inJson) {
      expect(formatDerivation(shown.get(path)!).equals(bytes), path).toBe(true);
      for (const version of [1, 2, 3, 4] as const) {
        const text = formatDerivations(new Map([[path, derivation]]), version);
        const [again] = parseDerivations(text).values();
        // Nix's later forms write numbers in one way, so that they are the same only from then on.
        expect(formatDerivations(new Map([[path, again!]]), version)).toBe(text);
        if (version < 3) expect(formatDerivation(again!).equals(bytes), path).toBe(true);
      }
    }
  });
});
