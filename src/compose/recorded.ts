/**
 * Layers that a file describes, as `nixoci layers` and nix2container's buildLayer write it. They are
 * what it says: nothing of them is made again before somebody wants it, and then it is verified.
 */
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readSmallFile } from "../bytes/disk/small-file.ts";
import { NixociError, wrapError } from "../base/errors.ts";
import type { StoreRoot } from "../recipe/mod.ts";
import { locateFile, locateTarballs } from "../plan/located.ts";
import { type PlanLayer, readLayers } from "../plan/mod.ts";
import type { NamedPath } from "./parts.ts";
import type { SpecPaths } from "./paths.ts";
import type { PlacedPaths } from "./placed.ts";

/** Explicit layers that have digests already, and the field that names them. */
export interface RecordedLayers {
  readonly at: string;
  readonly layers: readonly PlanLayer[];
}

/** As a plan may be, in bytes. */
const MAX_LAYERS_JSON = 64 * 1024 * 1024;

/**
 * Reads the layers that a `layers.json` describes, or a folder with one in it, which is what buildLayer
 * makes.
 * @throws NixociError `MALFORMED`, naming the field; `UNSUPPORTED` for other values than layers;
 * `NOT_FOUND`, `IO` and `LIMIT` of the file.
 * @example
 * ```ts
 * import { describeLayers, readLayersAt, writeLayers } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * const path = `${process.cwd()}/rootfs`;
 * const closure = [{ path, narSize: 120, references: [] }];
 * const layers = await describeLayers(closure, { style: "nix2container", maxLayers: 1 });
 * await writeFile("layers.json", writeLayers(layers));
 * console.log((await readLayersAt("layers.json", {})).length); // 1
 * ```
 */
export async function readLayersAt(path: string, store: StoreRoot): Promise<PlanLayer[]> {
  const place = locateFile(path, process.cwd(), store);
  const isFolder = (await stat(place).catch(() => undefined))?.isDirectory();
  const file = isFolder ? join(place, "layers.json") : place;
  const bytes = await readSmallFile(file, MAX_LAYERS_JSON);
  return locateTarballs(await readLayers(bytes, file), dirname(file), store);
}

/** Reads the layers that a SPEC's field names. Throws as {@link readLayersAt}, with the field. */
export async function readRecorded(named: NamedPath, paths: SpecPaths): Promise<RecordedLayers> {
  const { at, path } = await paths.locate(named);
  try {
    return { at, layers: await readLayersAt(path, paths) };
  } catch (error) {
    throw wrapError(error, at);
  }
}

/**
 * Puts what the layers hold into the register: other layers leave it out.
 * @throws NixociError `USAGE` for a path that another one has with other permissions, and for store
 * paths where the store is to be left out.
 */
export function addRecordedLayers(
  { at, layers }: RecordedLayers,
  placed: PlacedPaths,
  { includeStorePaths }: { readonly includeStorePaths: boolean },
): void {
  for (const path of layers.flatMap(({ recipe }) => recipe?.paths ?? [])) {
    if (!includeStorePaths && path.rewrite === undefined) {
      throw new NixociError(
        "USAGE",
        `${at}: ${path.path} is in it, and includeStorePaths is false`,
        {
          hint: "leave the layers out, or includeStorePaths",
        },
      );
    }
    placed.add(path, at);
  }
}
