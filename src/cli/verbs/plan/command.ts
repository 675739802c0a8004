/** `nixoci plan [SPEC]` */
import { boolean, directory, file } from "@oclif/core/flags";
import { defineOptionalArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { againstFlags } from "../../spec/against.ts";
import { specFlags } from "../../spec/flags.ts";

export default defineVerb({
  summary: "Say how an image is made, in nix2container's image.json",
  description:
    "Computes what nixoci build would copy, and writes it as a plan: the config, and for each layer " +
    "its digest, its size and what it is made of. nixoci copy nix:image.json … copies what a plan " +
    "says, and so do nix2container's own tools where the style is nix2container.",
  examples: [
    "nixoci plan spec.json -o image.json",
    "nixoci plan --path /nix/store/… --style nix2container | jq '.layers[].digest'",
    "nixoci copy nix:image.json registry:localhost:5000/app",
    "nixoci plan spec.json --against oci-dir:images:app -o image.json",
  ],
  args: {
    spec: defineOptionalArg("What the image is made of: a JSON file, - for standard input", "file"),
  },
  flags: {
    ...specFlags,
    ...againstFlags,
    output: file({
      char: "o",
      summary: "Write the plan to this file; to standard output by default",
      helpValue: "file",
    }),
    "nar-hashes": boolean<boolean>({
      summary: "Write down the hash of each store path, so that a copy names one that differs",
    }),
    "tar-directory": directory({
      summary: "Keep the tars of layers that scripts make in this folder",
      helpValue: "folder",
    }),
  },

  reaches: "one place",
  takesImages: true,
  doing: ({ spec }) => `plan ${spec ?? "the image"}`,
  async run({ spec }, flags, io) {
    const { makePlan } = await import("./run.ts");
    const { text, result } = await makePlan(spec, flags, io);
    if (flags.output === undefined) return io.write(text);
    io.print(result, () => [result.digest]);
  },
});
