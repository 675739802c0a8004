/** The closure of an image's store paths, written down: layers alone do not have it. */
import { useResources } from "../base/dispose.ts";
import { NixociError } from "../base/errors.ts";
import { readConfig } from "../image/documents/load.ts";
import type { Image } from "../image/root.ts";
import { formatHash } from "../nix/formats/hash.ts";
import type { Closure } from "../nix/formats/path-info.ts";
import { openStore, type StoreOptions } from "../nix/store/store.ts";
import { listToldPaths, toldLayersOf } from "./recorded.ts";

/** The media type of a closure beside an image: JSON as `nix path-info --json` prints it. */
export const CLOSURE_TYPE = "application/vnd.nixoci.nix-closure.v1+json";

/**
 * Reads what a store, or files that describe one, know of the store paths that an image says it has.
 * @throws NixociError `INCOMPLETE` for an image that does not say it, and for a path that the store does
 * not know; what opening a store throws.
 * @example
 * ```ts
 * import { openSource, readImageClosure, resolveImage } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const image = await resolveImage(source);
 * console.log(await readImageClosure(image).catch(({ code }) => code)); // INCOMPLETE
 * ```
 */
export async function readImageClosure(image: Image, options: StoreOptions = {}): Promise<Closure> {
  const { json: config } = await readConfig(image.config);
  const paths = listToldPaths(toldLayersOf(image.layers, config)).sort();
  if (paths.length === 0) {
    throw new NixociError("INCOMPLETE", "the image does not say which store paths it has");
  }
  return await useResources(async (hold) => {
    const store = hold(await openStore(options));
    return await Promise.all(paths.map(async (path) => {
      const info = await store.info(path);
      if (info !== undefined) return info;
      throw new NixociError("INCOMPLETE", `the image has ${path}, which ${store.name} lacks`, {
        hint: "describe the whole closure: nix path-info --json -r",
      });
    }));
  });
}

/**
 * Writes a closure as Nix prints it.
 * @example
 * ```ts
 * import { formatClosureJson } from "nixoci";
 * console.log(formatClosureJson([]).trim()); // []
 * ```
 */
export function formatClosureJson(closure: Closure): string {
  const entries = closure.map(({ path, narHash, narSize, references, deriver }) => ({
    path,
    ...(narHash !== undefined && { narHash: formatHash(narHash, "sri") }),
    narSize,
    references,
    ...(deriver !== undefined && { deriver }),
  }));
  return `${JSON.stringify(entries, undefined, 1)}\n`;
}
