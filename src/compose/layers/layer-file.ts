/** Keeps layers as tars in files. */
import { dirname, resolve } from "node:path";
import { makeFolder } from "../../bytes/disk/folder.ts";
import { wrapError } from "../../base/errors.ts";
import { writeContentFile } from "../../image/disk/content-file.ts";
import type { Layer } from "../../image/root.ts";

/** Writes a layer, as it is stored, to a file. @throws NixociError with the layer. */
export async function writeLayerFile(layer: Layer, path: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeContentFile(layer, path);
  } catch (error) {
    throw wrapError(error, `Cannot keep layer ${layer.diffId}`);
  }
}

/** Keeps the layer's tar in a folder, named by its digest, as nix2container does. @returns its path. */
export async function keepTar(layer: Layer, folder: string): Promise<string> {
  const [, hex] = layer.diffId.split(":");
  const path = resolve(folder, `${hex}.tar`);
  await writeLayerFile(layer, path);
  return path;
}
