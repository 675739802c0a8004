/**
 * Hashes of the store paths that a plan was made of. A path may be built twice with other bytes, and
 * a plan may come from a machine that has those: then the layer's digest is not what is sent, which
 * nobody finds out before it has been. The store's database knows before.
 */
import type { Digest } from "../bytes/digest.ts";
import { NixociError } from "../base/errors.ts";
import type { NixStore } from "../nix/store/store.ts";
import type { Plan } from "./plan.ts";

/** Returns the plan with the hash of each store path in its layers that the store knows of. */
export async function addNarHashes(plan: Plan, store: NixStore): Promise<Plan> {
  const narHashes: Record<string, Digest> = {};
  for (const path of storePathsOf(plan)) {
    const { narHash } = await store.info(path) ?? {};
    if (narHash !== undefined) narHashes[path] = narHash;
  }
  return { ...plan, narHashes };
}

/**
 * Checks that the store has the bytes that the plan was made of, by what its database says: no file
 * is read. Paths that it does not know are not judged.
 * @param what names the plan in errors.
 * @throws NixociError `DIGEST` that names the path that differs.
 */
export async function checkNarHashes(
  { narHashes = {} }: Plan,
  store: NixStore,
  what: string,
): Promise<void> {
  for (const [path, expected] of Object.entries(narHashes)) {
    const { narHash } = await store.info(path) ?? {};
    if (narHash === undefined || narHash === expected) continue;
    const message = `${path} has other bytes here than where ${what} was made: ` +
      `${narHash}, and not ${expected}`;
    throw new NixociError("DIGEST", message, {
      hint: "make the plan anew here, or bring the path from there (nix copy --from …)",
    });
  }
}

/** Lists the store paths that layers are made of, each once, sorted. */
function storePathsOf({ layers }: Plan): string[] {
  const paths = layers.flatMap(({ recipe }) => recipe?.paths.map(({ path }) => path) ?? []);
  return [...new Set(paths)].sort();
}
