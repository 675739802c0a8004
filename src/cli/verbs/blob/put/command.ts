/** `nixoci blob put DESTINATION FILE` */
import { boolean } from "@oclif/core/flags";
import { defineReferenceArg, defineRequiredArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";

export default defineVerb({
  summary: "Put a file into a repository or layout, as a blob",
  description:
    "For manifests of your own (nixoci manifest put): a blob that none names may be removed at " +
    "any time. Prints its digest.",
  examples: ["nixoci blob put oci-dir:images spec.json"],
  args: {
    destination: defineReferenceArg("The repository or layout, as scheme:location"),
    file: defineRequiredArg("The file", "file"),
  },
  flags: {
    "dry-run": boolean<boolean>({ summary: "Print the digest, and put nothing" }),
  },
  reaches: "one place",

  doing: ({ destination, file }) => `put ${file} into ${destination}`,
  async run({ destination, file }, flags, io) {
    const { putFile } = await import("./run.ts");
    const put = await putFile(destination, file, flags["dry-run"] ?? false, io);
    io.print(put, () => [put.digest]);
  },
});
