/** `nixoci delete SOURCE` */
import { boolean } from "@oclif/core/flags";
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";

export default defineVerb({
  summary: "Take a name of an image away, or the image itself",
  description:
    "With a tag, that tag alone goes: other tags of the same image stay, whatever the registry " +
    "does of itself. With a digest, the image goes; it is refused while tags name it, or indexes " +
    "that tags name, unless --with-tags says so. In a layout blobs stay until nixoci gc. Asks on a " +
    "terminal.",
  examples: [
    "nixoci delete --yes oci-dir:images:old",
    "nixoci delete --dry-run oci-dir:images:app",
  ],
  args: { source: defineReferenceArg("The tag or image, as scheme:location") },
  flags: {
    "with-tags": boolean<boolean>({ summary: "Of a digest: take all its tags, too" }),
    yes: boolean<boolean>({ char: "y", summary: "Do not ask" }),
    "dry-run": boolean<boolean>({ summary: "Print what would go, and delete nothing" }),
  },
  reaches: "one place",

  doing: ({ source }) => `delete ${source}`,
  async run({ source }, flags, io) {
    const { removeImage } = await import("./run.ts");
    const deleted = await removeImage(source, flags, io);
    const does = flags["dry-run"] ? "would delete" : "deleted";
    io.print(deleted, function* () {
      for (const name of deleted.names) yield `${does}  ${name}  ${deleted.descriptor.digest}`;
      if (deleted.manifest) yield `${does}  ${deleted.descriptor.digest}`;
    });
  },
});
