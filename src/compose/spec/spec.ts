/**
 * A SPEC, which says what an image is to be made of in dockerTools' and nix2container's own names.
 * Each field stands in its feature; here they become one schema, and one type.
 * @see https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-dockerTools
 * @see https://github.com/nlewo/nix2container#functions-documentation
 */
import type * as z from "zod/mini";
import type { IntersectionOf } from "../../base/intersection.ts";
import { FEATURES } from "../features/mod.ts";
import * as is from "./kinds.ts";

type SpecFields = IntersectionOf<ReturnType<(typeof FEATURES)[number]["fields"]>> & {
  readonly $schema: z.ZodMiniOptional<z.ZodMiniNullable<z.ZodMiniString>>;
};

const fields: SpecFields = Object.assign(
  { $schema: is.field(is.text, "Where the schema is, for editors") },
  ...FEATURES.map((feature) => feature.fields(is)),
);

/** The schema of a SPEC. `null` is as good as leaving a field out, as in Nix. */
export const specSchema = is.object(fields, "must be an object");

export type { Spec } from "./type.ts";
