/** A feature: some fields of a SPEC, the flags that say the same, and what they make of an image. */
import type { Hold } from "../../base/dispose.ts";
import type * as z from "zod/mini";
import type { ConfigJson } from "../../image/documents/schemas.ts";
import type { ImageDraft } from "../draft.ts";
import type * as kinds from "../spec/kinds.ts";
import type { SpecFlag } from "./flag.ts";

/** The types of fields. */
export type Kinds = typeof kinds;

/** Fields by their names, each with its type. */
export type Fields = Readonly<Record<string, z.ZodMiniType>>;

/** The values that a SPEC may have in these fields. */
export type FieldValues<F extends Fields> = z.infer<z.ZodMiniObject<F>>;

/** The surroundings of a SPEC, for features. */
export interface FeatureContext {
  /** The folder that the SPEC's relative paths are below. */
  readonly folder: string;
  readonly now: Date;
  /** The config of the base image, if there is one. */
  readonly base: ConfigJson | undefined;
  /** Keeps what a feature opens until the image that is built is disposed of. */
  readonly hold: Hold;
  readonly signal?: AbortSignal | undefined;
}

/** Flags by their names, without dashes, that say what these fields say. */
export type FlagTable<F extends Fields> = Readonly<Record<string, SpecFlag<FieldValues<F>>>>;

/** Some fields of a SPEC that belong together. */
export interface Feature<F extends Fields, Flags extends FlagTable<F> = FlagTable<F>> {
  /** Defines the fields, in the order of the published schema. */
  fields(is: Kinds): F;
  /** Defines fields that the published schema has in another form. */
  published?(is: Kinds): Partial<Record<keyof F, z.ZodMiniType>>;
  readonly flags?: Flags;
  /** Those of the fields that alone make no image. */
  readonly asides?: readonly (keyof F)[];
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

/** Defines a feature by its fields and by what these do. */
export function defineFeature<
  F extends Fields,
  Flags extends FlagTable<F> = Readonly<Record<never, never>>,
>(
  fields: (is: Kinds) => F,
  does: Omit<Feature<F, Flags>, "fields"> = {},
): Feature<F, Flags> {
  return { fields, ...does };
}
