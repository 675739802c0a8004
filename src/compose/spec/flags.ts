/** A SPEC on the command line: flags that say in words what a SPEC says in fields. */
import type { OnNotice } from "../../base/notices.ts";
import { NixociError } from "../../base/errors.ts";
import type { IntersectionOf } from "../../base/intersection.ts";
import { keysOf } from "../../base/keys-of.ts";
import type { FlagKind, FlagValueTypes, ShownFlag, SpecFlag } from "../features/flag.ts";
import { FEATURES } from "../features/mod.ts";
import { checkSpec, readSpec, type SpecInFolder } from "./read.ts";
import type { Spec } from "./spec.ts";

type SpecFlagTable = IntersectionOf<NonNullable<(typeof FEATURES)[number]["flags"]>>;
type KindOf<Flag> = Flag extends ShownFlag<infer Kind, infer _> ? Kind : never;
type WordOf<Flag> = Flag extends ShownFlag<FlagKind, infer Word> ? Word : never;

/** The kinds of the flags, by their names. */
export type SpecFlagKinds = { readonly [Name in keyof SpecFlagTable]: KindOf<SpecFlagTable[Name]> };

/** The words of those flags that are choices. */
export type SpecFlagWords = { readonly [Name in keyof SpecFlagTable]: WordOf<SpecFlagTable[Name]> };

/** The values of flags, by their names. */
export type SpecFlagValues = {
  readonly [Name in keyof SpecFlagTable]?: FlagValueTypes<SpecFlagWords[Name]>[SpecFlagKinds[Name]];
};

/** Flags that say what a SPEC says, by name, in the order in which they are shown. */
export const SPEC_FLAGS: {
  readonly [Name in keyof SpecFlagTable]: SpecFlag<Spec, SpecFlagKinds[Name], SpecFlagWords[Name]>;
} = Object.assign({}, ...FEATURES.map(({ flags }) => flags));

/** Fields that alone make no image. */
const ASIDES: ReadonlySet<string> = new Set(FEATURES.flatMap(({ asides = [] }) => asides));

/**
 * Returns the SPEC with what the flags say: single values win over the SPEC's; paths, layers,
 * variables, labels, ports and annotations are added to it.
 * @throws NixociError `USAGE`, with the flag.
 */
export function addFlags(spec: Spec, values: SpecFlagValues): Spec {
  let whole = spec;
  for (const name of keysOf(SPEC_FLAGS)) whole = applyFlag(name, values, whole);
  return whole;
}

function applyFlag<Name extends keyof SpecFlagValues>(
  name: Name,
  values: SpecFlagValues,
  spec: Spec,
): Spec {
  const value = values[name];
  return value === undefined ? spec : { ...spec, ...SPEC_FLAGS[name].change(value, spec) };
}

/**
 * Reads the SPEC in the file, if there is one, with what the flags say. Of a base that flags alone
 * name, all of the config stays.
 * @throws NixociError `USAGE` where neither says anything; whatever {@link readSpec} throws.
 */
export async function readSpecWith(
  file: string | undefined,
  values: SpecFlagValues,
  { onNotice, signal, change }: {
    readonly onNotice?: OnNotice;
    readonly signal?: AbortSignal;
    /** Adds what other flags say, which may be all: whether it is enough, the caller says. */
    readonly change?: (spec: Spec) => Spec;
  } = {},
): Promise<SpecInFolder> {
  const read = file === undefined
    ? { spec: {}, folder: process.cwd() }
    : await readSpec(file, onNotice, signal);
  const flagged = addFlags(read.spec, values);
  const asked = change?.(flagged) ?? flagged;
  // A word or two that change an image leave the rest of it: its user, its entrypoint.
  const keepsBase = file === undefined && asked.fromImage && !asked.inherit;
  // Nobody else makes these bytes: what is copied need not be in the store as well.
  const movesCopies = file === undefined && asked.copyToRoot;
  const whole: Spec = {
    ...asked,
    ...(keepsBase && { inherit: "all" }),
    ...(movesCopies && { copiesInStore: false }),
  };
  if (!change && file === undefined && Object.keys(whole).every((field) => ASIDES.has(field))) {
    throw new NixociError("USAGE", "Nothing says what the image is made of", {
      hint: "name a SPEC, or give --path, --contents, --copy-to-root, --layer or --from",
    });
  }
  const spec = await checkSpec(whole, file ?? "the flags");
  return { spec, folder: read.folder, fromFlags: file === undefined };
}
