/** `nixoci plan [SPEC]` */
import { string as stringArg } from "@oclif/core/args";
import { file } from "@oclif/core/flags";
import { readSpecWith } from "../../../compose/spec/flags.ts";
import { verb } from "../../kit/command.ts";
import { registriesConfFlag } from "../../kit/flags.ts";
import { sideFlags, sideOptions } from "../../kit/sides.ts";
import { specFlags } from "../build/spec-flags.ts";

export default verb({
  summary: "Say how an image is made, in nix2container's image.json",
  description:
    "Computes what nixoci build would copy, and writes it as a plan: the config, and for each layer " +
    "its digest, its size and what it is made of. nixoci copy nix:image.json … copies what a plan " +
    "says, and so do nix2container's own tools where the style is nix2container.",
  examples: [
    "nixoci plan spec.json -o image.json",
    "nixoci plan --path /nix/store/… --style nix2container | jq '.layers[].digest'",
    "nixoci copy nix:image.json registry:localhost:5000/app",
  ],
  args: {
    spec: stringArg({
      ignoreStdin: true,
      description: "What the image is made of: a JSON file, - for standard input",
    }),
  },
  flags: {
    ...specFlags,
    output: file({
      char: "o",
      summary: "Write the plan to this file; to standard output by default",
      helpValue: "file",
    }),
    ...sideFlags,
    "registries-conf": registriesConfFlag,
  },

  doing: ({ spec }) => `plan ${spec ?? "the image"}`,
  async run({ spec }, flags, io) {
    const { makePlan } = await import("../build/run.ts");
    const { writePlan } = await import("../../../plan/mod.ts");
    const asked = await readSpecWith(spec, flags);
    const { plan, image } = await makePlan(asked, sideOptions(flags, io));
    const text = writePlan(plan);
    if (flags.output === undefined) return io.write(text);
    const { writeFileAtomic } = await import("../../../bytes/disk/atomic.ts");
    await writeFileAtomic(flags.output, text, { follow: true });
    const { digest } = image.manifest.descriptor;
    const imageId = image.config.descriptor.digest;
    const { name } = plan;
    const result = { digest, imageId, ...(name && { name }), layers: plan.layers.length };
    io.print(result, () => [digest]);
  },
});
