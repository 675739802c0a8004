/** `nixoci lock blob NAME@DIGEST` */
import { integer, option, string } from "@oclif/core/flags";
import { defineVerb } from "../../../kit/command.ts";
import { nameArgs } from "../words.ts";

export default defineVerb({
  summary: "Fetch one blob of a repository by its digest, as a fixed output for Nix",
  description:
    "What nixoci lock blobs lists, one by one: nixoci's Nix functions make a derivation of each, " +
    "named by the digest alone, so that images share them. Credentials are found as for any image; mirrors are not asked.",
  examples: ["nixoci lock blob alpine@sha256:4b7c… --size 3642247 -o layer.tar.gz"],
  args: { name: nameArgs.one("The repository, and the digest behind @") },
  flags: {
    output: string({
      char: "o",
      summary: "Write the blob to this file",
      helpValue: "file",
      required: true,
    }),
    size: integer({ summary: "How many bytes it has", helpValue: "n", min: 0, required: true }),
    kind: option({ options: ["layer", "config", "manifest", "index"] as const })({
      summary: "What it is: registries have manifests and indexes elsewhere than other blobs",
      default: "layer" as const,
    }),
  },
  reaches: "registries",
  takesImages: true,

  doing: ({ name }) => `fetch the blob ${name}`,
  async run({ name }, flags, io) {
    const { fetchBlob } = await import("./run.ts");
    const digest = await fetchBlob(name, flags, io);
    io.print({ digest, file: flags.output }, () => [digest]);
  },
});
