/** A SPEC's flags, as oclif takes them: what they say stands in the SPEC's features. */
import { boolean, directory, file, integer, option, string } from "@oclif/core/flags";
import type { Flag, FlagInput } from "@oclif/core/interfaces";
import type {
  FlagKind,
  FlagShape,
  FlagValueTypes,
  ShownFlag,
} from "../../compose/features/flag.ts";
import {
  SPEC_FLAGS,
  type SpecFlagKinds,
  type SpecFlagValues,
  type SpecFlagWords,
} from "../../compose/spec/flags.ts";
import { REPEATABLE } from "../kit/flags.ts";
import { makeBaseAbsolute } from "../../../transports/base.ts";

/** The flags of `build` and `plan` that say what the image is. */
export const specFlags = defineFlags<SpecFlagKinds, SpecFlagWords>(
  SPEC_FLAGS,
) as Required<FlagInput<SpecFlagValues>>;

type FlagKinds = Readonly<Record<string, FlagKind>>;
type ChoiceWords<Kinds> = { readonly [Name in keyof Kinds]: string };

type OclifFlags<Kinds extends FlagKinds, Words extends ChoiceWords<Kinds>> = {
  [Name in keyof Kinds]?: Flag<FlagValueTypes<Words[Name]>[Kinds[Name]] | undefined>;
};

/** Defines flags for oclif: their values have the types that their kinds say. */
function defineFlags<Kinds extends FlagKinds, Words extends ChoiceWords<Kinds>>(
  table: { readonly [Name in keyof Kinds]: ShownFlag<Kinds[Name], Words[Name]> },
): OclifFlags<Kinds, Words> {
  const flags: OclifFlags<Kinds, Words> = {};
  for (const name in table) flags[name] = defineFlag(table[name]);
  return flags;
}

function defineFlag<Kind extends FlagKind, Word extends string>(
  { kind, shape, words }: ShownFlag<Kind, Word>,
): Flag<FlagValueTypes<Word>[Kind] | undefined> {
  return makersOf(words)[kind](shape);
}

type Makers<Word extends string> = {
  readonly [Kind in FlagKind]: (
    shape: FlagShape,
  ) => Flag<FlagValueTypes<Word>[Kind] | undefined>;
};

/** Returns what makes oclif's flags, by their kinds. */
function makersOf<Word extends string>(words: readonly Word[]): Makers<Word> {
  return {
    text: (shape) => string(toOclif(shape)),
    texts: (shape) => string({ ...toOclif(shape), ...REPEATABLE }),
    file: (shape) => file(toOclif(shape)),
    files: (shape) => file({ ...toOclif(shape), ...REPEATABLE }),
    folder: (shape) => directory(toOclif(shape)),
    image: (shape) => string({ ...toOclif(shape), parse: parseBase }),
    whole: (shape) => integer({ ...toOclif(shape), min: 1 }),
    choice: (shape) => option({ options: words })(toOclif(shape)),
    switch: (shape) => boolean(toOclif(shape)),
  };
}

function toOclif({ aliases = [], ...shape }: FlagShape) {
  return { ...shape, aliases: [...aliases], helpGroup: "IMAGE" };
}

/** Makes the path of an image absolute, for a SPEC's own paths are below its folder. */
function parseBase(image: string): Promise<string> {
  return Promise.resolve(makeBaseAbsolute(image, process.cwd()));
}
