/** `nixoci sbom SOURCE` */
import { boolean, file, option } from "@oclif/core/flags";
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { closureFlag, imageFlags } from "../../kit/flags.ts";

export default defineVerb({
  summary: "Write an image's bill of materials (SBOM), or attach it",
  description:
    "Lists the store paths of an image with names, versions, hashes, derivers and references, and " +
    "the packages of dpkg and apk, as CycloneDX 1.6 or SPDX 2.3. Where the image says which store " +
    "paths its layers have, and a store here or --closure knows them, no layer is read. Licences " +
    "and CPEs are there where --meta gives them; nothing is guessed, and what cannot be known is " +
    "said in the document.",
  examples: [
    "nixoci sbom oci-dir:images:app -o app.cdx.json",
    "nixoci sbom --format spdx registry:debian:stable-slim | jq '.packages | length'",
    "nixoci sbom --attach oci-dir:images:app",
    "nixoci sbom --meta meta.json --closure graph.json oci-dir:images:app",
  ],
  args: { source: defineReferenceArg("Where the image is, as scheme:location") },
  flags: {
    format: option({ options: ["cyclonedx", "spdx"] as const })({
      summary: "The format of the document",
      default: "cyclonedx" as const,
    }),
    output: file({
      char: "o",
      summary: "Write it to this file; to standard output by default",
      helpValue: "file",
    }),
    attach: boolean<boolean>({
      summary: "Attach it to the image, in a registry or layout",
      exclusive: ["output"],
    }),
    meta: file({
      summary: "What Nix says of packages: the JSON of nix-env -qa --meta --json, or one of meta " +
        "by store path",
      helpValue: "file",
    }),
    closure: closureFlag,
    ...imageFlags,
  },
  reaches: "one place",

  doing: ({ source }) => `list what is in ${source}`,
  async run({ source }, flags, io) {
    const { writeSbom } = await import("./run.ts");
    const { text, ...result } = await writeSbom(source, flags, io);
    if (!flags.attach && flags.output === undefined) return io.write(text);
    io.print(result, () => result.descriptor === undefined ? [] : [result.descriptor.digest]);
  },
});
