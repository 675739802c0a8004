/** The places of a recipe's paths: those of the store are below its root, all others as they say. */
import type { StoreOptions } from "../nix/store/store.ts";
import { STORE_DIR } from "../nix/formats/store-path.ts";

/** The store that recipes mean; plain data, so that worker threads can have it. */
export type StoreRoot = Pick<StoreOptions, "root" | "storeDir">;

/** Returns what stands before the path on disk, without a slash at the end. */
export function diskRootOf(path: string, { root = "/", storeDir = STORE_DIR }: StoreRoot): string {
  return path.startsWith(`${storeDir}/`) ? root.replace(/\/+$/, "") : "";
}
