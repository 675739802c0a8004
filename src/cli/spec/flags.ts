/** A SPEC's flags, as oclif takes them: what they say stands in the SPEC's features. */
import { file, integer, option, string } from "@oclif/core/flags";
import type { FlagInput } from "@oclif/core/interfaces";
import type { FlagShape } from "../../compose/features/flag.ts";
import { type ShownFlag, SPEC_FLAGS } from "../../compose/spec/flags.ts";
import { makeBaseAbsolute } from "./base-reference.ts";

/** The flags of `build` and `plan` that say what the image is; `--store` is one of those for sides. */
export const specFlags: FlagInput = Object.fromEntries(
  SPEC_FLAGS.flatMap(([name, flag]) => flag.shape ? [[name, toOclif(flag, flag.shape)]] : []),
);

function toOclif({ kind, many, options }: ShownFlag, { aliases = [], ...shape }: FlagShape) {
  const common = { ...shape, aliases: [...aliases], helpGroup: "IMAGE" };
  if (options !== undefined) return option({ options })(common);
  if (kind === "whole") return integer({ ...common, min: 1 });
  const often = { ...common, multiple: true, multipleNonGreedy: true } as const;
  if (kind === "file") return many ? file(often) : file(common);
  if (kind === "image") return string({ ...common, parse: parseBase });
  return many ? string(often) : string(common);
}

/** Makes the path of an image absolute, for a SPEC's own paths are below its folder. */
function parseBase(image: string): Promise<string> {
  return Promise.resolve(makeBaseAbsolute(image, process.cwd()));
}
