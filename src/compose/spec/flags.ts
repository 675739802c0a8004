/** A SPEC on the command line: flags that say in words what a SPEC says in fields. */
import { NixociError } from "../../base/errors.ts";
import type { SpecFlag } from "../features/flag.ts";
import { FEATURES } from "../features/mod.ts";
import { checkSpec, readSpec, type SpecInFolder } from "./read.ts";
import type { Spec } from "./spec.ts";

/** The values of flags, by their names. */
export type SpecFlagValues = Readonly<Record<string, unknown>>;

/** A flag, for those who parse it and show it. */
export type ShownFlag = Omit<SpecFlag<never>, "change">;

/** Flags that say what a SPEC says, by name, in the order in which they are shown. */
export const SPEC_FLAGS: readonly (readonly [name: string, flag: ShownFlag])[] = FEATURES
  .flatMap(({ flags }) => Object.entries(flags ?? {}));

/**
 * Returns the SPEC with what the flags say: single values win over the SPEC's; paths, layers,
 * variables, labels, ports and annotations are added to it.
 * @throws NixociError `USAGE`, with the flag.
 */
export function withFlags(spec: Spec, values: SpecFlagValues): Spec {
  let whole = spec;
  for (const { flags = {} } of FEATURES) {
    for (const [name, flag] of Object.entries(flags)) {
      if (values[name] !== undefined) whole = { ...whole, ...flag.change(values[name], whole) };
    }
  }
  return whole;
}

/**
 * Reads the SPEC in the file, if there is one, with what the flags say. Of a base that flags alone
 * name, all of the config stays.
 * @throws NixociError `USAGE` where neither says anything; whatever {@link readSpec} throws.
 */
export async function readSpecWith(
  file: string | undefined,
  values: SpecFlagValues,
): Promise<SpecInFolder> {
  const read = file === undefined ? { spec: {}, folder: process.cwd() } : await readSpec(file);
  const asked = withFlags(read.spec, values);
  // Whoever changes an image by a word or two means the rest to stay: its user, its entrypoint.
  const keepsBase = file === undefined && asked.fromImage && !asked.inherit;
  const whole: Spec = keepsBase ? { ...asked, inherit: "all" } : asked;
  if (file === undefined && Object.keys(whole).every((field) => field === "store")) {
    throw new NixociError("USAGE", "Nothing says what the image is made of", {
      hint: "name a SPEC, or give --path, --copy-to-root, --layer or --from",
    });
  }
  const spec = await checkSpec(whole, file ?? "the flags");
  return { spec, folder: read.folder, fromFlags: file === undefined };
}
