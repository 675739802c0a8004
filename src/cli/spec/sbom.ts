/** Bills of materials as verbs make them: the inventory of an image, in one of the formats. */
import { VERSION } from "../../../transports/registry/http/user-agent.ts";
import { readSmallFile } from "../../bytes/disk/small-file.ts";
import {
  CYCLONEDX_TYPE,
  formatCycloneDx,
  formatSpdx,
  type Inventory,
  type InventoryOptions,
  parseMeta,
  readInventory,
  SPDX_TYPE,
} from "../../sbom/mod.ts";
import type { Image } from "../../image/root.ts";

/** The formats. */
export type SbomFormat = "cyclonedx" | "spdx";

/** The origins of what is known of packages. */
export interface SbomMeans extends Omit<InventoryOptions, "meta"> {
  /** The file of Nix's metadata. */
  readonly metaFile?: string | undefined;
}

/** The most bytes of metadata: those of all nixpkgs have some 200 MB. */
const MAX_META = 512 * 1024 * 1024;

/** Reads the inventory of an image, with the metadata of a file. */
export async function readSbomInventory(
  image: Image,
  { metaFile, ...options }: SbomMeans,
): Promise<Inventory> {
  const meta = metaFile === undefined
    ? undefined
    : parseMeta((await readSmallFile(metaFile, MAX_META)).toString(), metaFile);
  return await readInventory(image, { ...options, meta });
}

/** Formats an inventory, and says its media type. */
export function formatSbom(
  inventory: Inventory,
  format: SbomFormat,
  name: string,
): { type: string; text: string } {
  const maker = { version: VERSION, name };
  return format === "spdx"
    ? { type: SPDX_TYPE, text: formatSpdx(inventory, maker) }
    : { type: CYCLONEDX_TYPE, text: formatCycloneDx(inventory, maker) };
}
