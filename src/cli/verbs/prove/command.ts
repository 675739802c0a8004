/** `nixoci prove IMAGE SPEC` */
import { boolean } from "@oclif/core/flags";
import { defineReferenceArg, defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { definePlatformFlag, tmpdirFlag } from "../../kit/flags.ts";
import { defineProgressFlag } from "../../progress/flag.ts";

export default defineVerb({
  summary: "Show that an image is what a SPEC or plan makes here, or where it differs",
  description:
    "Makes the image again, whatever is remembered of its layers, and compares layer by layer; " +
    "compressed layers are compressed as nixoci does. Of a layer that differs it names the first " +
    "byte and its file, the files, and what it smells of: times, owners, modes, order. Writes " +
    "nothing. Exits with 0 when the digest is the one that is made here, else with 1.",
  examples: [
    "nixoci prove registry:localhost:5000/app:1 spec.json",
    "nixoci prove oci-dir:images:app nix:image.json",
  ],
  args: {
    source: defineReferenceArg("The image, as scheme:location"),
    spec: defineRequiredArg("A SPEC, or a plan: a JSON file", "file"),
  },
  flags: {
    content: boolean<boolean>({
      summary: "It is enough that config and files are the same, however layers are compressed",
    }),
    platform: definePlatformFlag("of an index, the one that is made"),
    tmpdir: tmpdirFlag,
    progress: defineProgressFlag(),
  },
  reaches: "one place",

  doing: ({ source, spec }) => `prove that ${source} is what ${spec} makes`,
  async run({ source, spec }, flags, io) {
    const [{ provePlace }, { describeProof }] = await Promise.all([
      import("./run.ts"),
      import("./lines.ts"),
    ]);
    const proof = await provePlace(source, spec, flags, io);
    io.print(proof, () => describeProof(proof, spec));
    const isEnough = proof.outcome === "same" || flags.content && proof.outcome === "compressed";
    return isEnough ? 0 : 1;
  },
});
