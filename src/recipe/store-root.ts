/** Where a recipe's paths lie: those of the store below its root, all others where they say. */
import type { StoreOptions } from "../nix/store/store.ts";
import { STORE_DIR } from "../nix/formats/store-path.ts";

/** Which store recipes mean; plain data, so that worker threads can have it. */
export type StoreRoot = Pick<StoreOptions, "root" | "storeDir">;

/** What stands before the path on disk, without a slash at the end. */
export function rootOf(path: string, { root = "/", storeDir = STORE_DIR }: StoreRoot): string {
  return path.startsWith(`${storeDir}/`) ? root.replace(/\/+$/, "") : "";
}
