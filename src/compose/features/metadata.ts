/** `metadata`: what the image's history says of a layer. */
import type * as z from "zod/mini";
import { given } from "../../base/given.ts";
import { rfc3339 } from "../../image/time.ts";
import type { History } from "../../plan/mod.ts";
import type { Style } from "../draft.ts";
import type { Kinds } from "./feature.ts";

/** The type of an entry in the history. */
export function metadataType(is: Kinds) {
  return is.object({
    created_by: is.field(is.text, "What made the layer"),
    author: is.field(is.text, "Who made it"),
    comment: is.field(is.text, "What there is to say of it"),
    created: is.field(is.moment, "When, in ISO 8601"),
  }, "must be an object of strings");
}

/** A layer's entry in the history. */
export type MetadataSpec = z.infer<ReturnType<typeof metadataType>>;

/** Reads an entry. */
export function readMetadata({ created, ...rest }: MetadataSpec): History {
  return { ...given(rest), ...(created && { created: rfc3339(created)! }) };
}

/** What is said of layers that nobody says anything of; dockerTools names their paths. */
export const MADE_BY: Readonly<Record<Style, History | undefined>> = {
  dockertools: undefined,
  nix2container: { created_by: "nix2container" },
};
