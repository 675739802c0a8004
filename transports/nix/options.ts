/** The Nix store that plans are about: the options, and the flag that says it. */
import type { Source } from "../../src/image/source.ts";
import type { SideOptions } from "../../src/image/transport.ts";
import { defineAccess } from "../lib/access.ts";

/** The options of a side that `nix:` reads. */
export interface PlanSideOptions extends SideOptions {
  /** The store, by the folder that is `/` to its programs. */
  readonly store?: { readonly root?: string; readonly storeDir?: string };
  /** The memory of a plan's layers, to forget what is wrong. */
  readonly layers?: { forget(key: string): Promise<void> };
  /** Opens the image that a plan is based on; the library's `openSource` gives itself. */
  readonly openSource?: (reference: string, options?: PlanSideOptions) => Promise<Source>;
  /** The files of the plans that are based on this one: it cannot be based on them. */
  readonly basedOnIt?: readonly string[];
}

/** The flag. */
export const planAccess = defineAccess({
  store: {
    summary: "Folder that is / to the programs of the Nix store that a plan is about",
    takes: "folder",
  },
}, ({ store: root }): PlanSideOptions => root === undefined ? {} : { store: { root } });
