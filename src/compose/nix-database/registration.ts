/** The registration of an image's store paths: what its layers really hold, and no more. */
import { codeOf } from "../../base/errors.ts";
import { outputPathOf } from "../../nix/derivation/derivation.ts";
import { readDerivation } from "../../nix/derivation/read.ts";
import type { Closure, PathInfo } from "../../nix/formats/path-info.ts";
import type { RegisteredPath } from "../../nix/database/write.ts";
import { hashPath } from "../../nix/store/dump.ts";
import { diskRootOf } from "../../recipe/store-root.ts";
import type { SpecPaths } from "../paths.ts";

/** Paths that can be registered, and those that cannot, with the reasons. */
export interface Registration {
  /** Those that the database does not have yet, sorted. */
  readonly news: readonly RegisteredPath[];
  readonly leftOut: ReadonlyMap<string, string>;
}

/**
 * Collects what Nix knows of paths. Valid is what has all that it refers to: a path that lacks some of
 * it in the image is left out, and what refers to that one.
 * @param closure paths that are described.
 * @param others paths that the store has to be asked for.
 * @param registered paths that the image's database has already.
 * @throws whatever reading the store throws.
 */
export async function collectRegistration(
  closure: Closure,
  others: readonly string[],
  registered: ReadonlySet<string>,
  paths: SpecPaths,
): Promise<Registration> {
  const described = new Map(closure.map((info) => [info.path, info]));
  const found = new Map<string, RegisteredPath>();
  const leftOut = new Map<string, string>();
  for (const path of [...new Set([...described.keys(), ...others])].sort()) {
    if (registered.has(path)) continue;
    const one = await describePath(path, described.get(path), paths);
    if (one === undefined) leftOut.set(path, "nothing describes it");
    else found.set(path, one);
  }
  for (let before = -1; before !== leftOut.size;) {
    before = leftOut.size;
    for (const { path, references } of found.values()) {
      const lacking = references.find((one) => !found.has(one) && !registered.has(one));
      if (lacking === undefined) continue;
      found.delete(path);
      leftOut.set(path, `it refers to ${lacking}, which is not in it`);
    }
  }
  return { news: [...found.values()], leftOut };
}

/** Describes a path; `undefined` where the store does not know it, nor has it to find out. */
async function describePath(
  path: string,
  known: PathInfo | undefined,
  paths: SpecPaths,
): Promise<RegisteredPath | undefined> {
  const real = diskRootOf(path, paths) + path;
  try {
    const info = known ?? await paths.describe(path);
    if (info === undefined) return undefined;
    const { narSize, references, narHash = await hashPath(real) } = info;
    return { path, narHash, narSize, references, outputs: await readOutputs(path, paths) };
  } catch (error) {
    if (codeOf(error) === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** Reads where the outputs of a derivation are; nothing for those whose path the build shows. */
async function readOutputs(path: string, paths: SpecPaths): Promise<Map<string, string>> {
  const outputs = new Map<string, string>();
  if (!path.endsWith(".drv")) return outputs;
  const { storeDir } = paths;
  const realPath = (one: string) => diskRootOf(one, paths) + one;
  const { derivation } = await readDerivation(path, { storeDir, realPath });
  for (const [id, output] of derivation.outputs) {
    const place = outputPathOf(output);
    if (place !== undefined) outputs.set(id, place);
  }
  return outputs;
}
