/** `metadata`: a layer's entry in the image's history. */
import { omitMissing } from "../../base/omit-missing.ts";
import { normalizeTime } from "../../image/config/time.ts";
import type { History } from "../../plan/mod.ts";
import type { LayerStyle } from "../../recipe/mod.ts";
import type { LayerSpec } from "../spec/type.ts";
import type { Kinds } from "./feature.ts";

/** Defines an entry of the history. */
export function defineMetadata(is: Kinds) {
  return is.object({
    created_by: is.field(is.text, "What made the layer"),
    author: is.field(is.text, "Who made it"),
    comment: is.field(is.text, "What there is to say of it"),
    created: is.field(is.moment, "When, in ISO 8601"),
  }, "must be an object of strings");
}

/** A layer's entry in the history. */
export type MetadataSpec = NonNullable<LayerSpec["metadata"]>;

/** Reads an entry. */
export function readMetadata({ created, ...rest }: MetadataSpec): History {
  return { ...omitMissing(rest), ...(created && { created: normalizeTime(created)! }) };
}

/** Entries for layers that nobody says anything of; dockerTools names their paths. */
export const MADE_BY: Readonly<Record<LayerStyle, History | undefined>> = {
  dockertools: undefined,
  nix2container: { created_by: "nix2container" },
};
