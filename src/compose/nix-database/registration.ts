/** The registration of an image's store paths: what its layers really hold, and no more. */
import { readFile } from "node:fs/promises";
import { codeOf, wrapError } from "../../base/errors.ts";
import { type DerivationOutput, parseDerivationOutputs } from "../../nix/formats/derivation.ts";
import type { RegisteredPath } from "../../nix/database/write.ts";
import { hashPath } from "../../nix/store/dump.ts";
import type { PlanLayer } from "../../plan/mod.ts";
import { diskRootOf } from "../../recipe/store-root.ts";
import type { LayerDraft } from "../draft.ts";
import type { SpecPaths } from "../paths.ts";

/** Paths that can be registered, and those that cannot, with the reasons. */
export interface Registration {
  readonly paths: readonly RegisteredPath[];
  readonly leftOut: ReadonlyMap<string, string>;
}

/** Lists the store paths that layers have in their place: what is moved to the root is in no store. */
export function listHeldPaths(
  layers: readonly (LayerDraft | PlanLayer)[],
  paths: SpecPaths,
): string[] {
  const all = layers.flatMap(({ recipe }) => recipe?.paths ?? []);
  const held = all.filter(({ path, rewrite }) =>
    !rewrite?.regex && paths.storePathOf(path) === path
  );
  return [...new Set(held.map(({ path }) => path))];
}

/**
 * Collects what Nix knows of paths. Valid is what has all that it refers to: a path that lacks some of
 * it in the image is left out, and what refers to that one.
 * @param present paths that the image's database has already.
 * @throws whatever reading the store throws.
 */
export async function collectRegistration(
  held: readonly string[],
  present: ReadonlySet<string>,
  paths: SpecPaths,
): Promise<Registration> {
  const found = new Map<string, RegisteredPath>();
  const leftOut = new Map<string, string>();
  for (const path of [...held].sort()) {
    if (present.has(path)) continue;
    const described = await describePath(path, paths);
    if (described === undefined) leftOut.set(path, "nothing describes it");
    else found.set(path, described);
  }
  for (let before = -1; before !== leftOut.size;) {
    before = leftOut.size;
    for (const { path, references } of found.values()) {
      const lacking = references.find((one) => !found.has(one) && !present.has(one));
      if (lacking === undefined) continue;
      found.delete(path);
      leftOut.set(path, `it refers to ${lacking}, which is not in it`);
    }
  }
  return { paths: [...found.values()], leftOut };
}

/** Describes a path; `undefined` where the store does not know it, nor has it to find out. */
async function describePath(path: string, paths: SpecPaths): Promise<RegisteredPath | undefined> {
  const real = diskRootOf(path, paths) + path;
  try {
    const info = await paths.describe(path);
    if (info === undefined) return undefined;
    const { narSize, references, narHash = await hashPath(real) } = info;
    const outputs = path.endsWith(".drv") ? await readOutputs(real) : [];
    return { path, narHash, narSize, references, outputs };
  } catch (error) {
    if (codeOf(error) === "NOT_FOUND") return undefined;
    throw error;
  }
}

async function readOutputs(file: string): Promise<DerivationOutput[]> {
  try {
    return parseDerivationOutputs(await readFile(file, "utf8"));
  } catch (error) {
    throw wrapError(error, `Cannot read the derivation ${file}`);
  }
}
