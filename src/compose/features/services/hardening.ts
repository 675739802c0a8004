/** `hardening`: how the image is meant to be run, told in annotations and in files beside it. */
import { CAPABILITY_NAME } from "../../../services/hardening/capabilities.ts";
import { HARDENING_PARTS, type HardeningPart } from "../../../services/hardening/hardening.ts";
import { makeAbsolute } from "../../parts.ts";
import { defineFeature, type Kinds } from "../feature.ts";
import { defineTextsFlag } from "../flag.ts";

const WORDS = [...HARDENING_PARTS, "restricted"] as const;
const NO_CAPABILITY = "must be a capability of Linux, such as NET_ADMIN or CAP_NET_ADMIN";

function definePresets(is: Kinds) {
  const word = is.oneOf(WORDS, `must be one of ${WORDS.join(", ")}`);
  return is.either(word, is.list(word, "must be a list of presets"));
}

export const hardening = defineFeature((is: Kinds) => ({
  hardening: is.field(
    is.either(
      definePresets(is),
      is.object({
        presets: is.needed(definePresets(is), "read-only, capabilities, seccomp, non-root, or all"),
        capabilities: is.field(
          is.list(is.matching(CAPABILITY_NAME, NO_CAPABILITY), "must be a list"),
          "Capabilities that it needs besides those of its services",
          { example: ["NET_ADMIN"] },
        ),
        files: is.field(is.path, "The folder of the files beside it; hardening by default", {
          usual: "hardening",
        }),
      }, "must be a preset, a list of presets, or an object with presets"),
    ),
    "How it is meant to be run: read-only (its root), capabilities (none but those that it needs), " +
      "seccomp (a profile), non-root; restricted is all of them",
    { example: "restricted" },
  ),
}), {
  asides: ["hardening"],
  flags: {
    hardening: defineTextsFlag(
      {
        summary:
          "How it is meant to be run: read-only, capabilities, seccomp, non-root, restricted",
        helpValue: "preset",
      },
      (presets) => ({ hardening: presets as (typeof WORDS)[number][] }),
    ),
  },
  async add(
    { hardening: asked },
    { late, style, files: defaults, config: { created } },
    { folder },
  ) {
    if (!asked) return {};
    const { presets, capabilities, files } = typeof asked === "object" && "presets" in asked
      ? asked
      : { presets: asked };
    const words = [presets].flat();
    const parts = words.includes("restricted") ? HARDENING_PARTS : words as HardeningPart[];
    if (parts.length === 0) return {};
    // Large, and nearly no image has it.
    const { makeHardeningChange } = await import("../../services/hardening-change.ts");
    const change = makeHardeningChange({
      parts,
      capabilities: capabilities ?? [],
      folder: makeAbsolute(files ?? "hardening", { at: "hardening.files", folder }),
      style,
      files: defaults,
      created,
    });
    return { late: [...late, change] };
  },
});
