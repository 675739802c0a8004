/** A feature: some fields of a SPEC, the flags that say the same, and what they make of an image. */
import type * as z from "zod/mini";
import type { ConfigJson } from "../../image/schemas.ts";
import type { ImageDraft } from "../draft.ts";
import type * as kinds from "../spec/kinds.ts";
import type { SpecFlag } from "./flag.ts";

/** What fields may be. */
export type Kinds = typeof kinds;

/** Fields by their names, each with its type. */
export type Fields = Readonly<Record<string, z.ZodMiniType>>;

/** What a SPEC may have in these fields. */
export type FieldValues<F extends Fields> = z.infer<z.ZodMiniObject<F>>;

/** What features may know besides the SPEC. */
export interface FeatureContext {
  /** What the SPEC's relative paths are below. */
  readonly folder: string;
  readonly now: Date;
  /** The config of the base image, if there is one. */
  readonly base: ConfigJson | undefined;
}

/** Some fields of a SPEC that belong together. */
export interface Feature<F extends Fields> {
  /** The fields, in the order of the published schema. */
  fields(is: Kinds): F;
  /** Fields that the published schema has in another form. */
  published?(is: Kinds): Partial<Record<keyof F, z.ZodMiniType>>;
  /** By name, without dashes. */
  readonly flags?: Readonly<Record<string, SpecFlag<FieldValues<F>>>>;
  /**
   * Adds what the fields ask for, their defaults included.
   * @param image what the features before this one have made.
   * @throws NixociError `USAGE` for what the schema cannot refuse, with the field.
   */
  add?(
    asked: FieldValues<F>,
    image: ImageDraft,
    context: FeatureContext,
  ): Partial<ImageDraft> | Promise<Partial<ImageDraft>>;
}

/** Makes a feature of its fields and of what these do. */
export function feature<F extends Fields>(
  fields: (is: Kinds) => F,
  does: Omit<Feature<F>, "fields"> = {},
): Feature<F> {
  return { fields, ...does };
}
