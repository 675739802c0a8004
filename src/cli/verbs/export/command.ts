/** `nixoci export SOURCE` */
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { exportFlags } from "./flags.ts";

export default defineVerb({
  summary: "Write the file system of an image to a tarball or a directory",
  description:
    "All files that a container of the image would see, its layers merged: without root, an engine, " +
    "or unpacking it. The same image makes the same bytes; entries are sorted by name. Patterns " +
    "are those of a shell, begin at the root of the image, and match what lies below, too; ** also " +
    "stands for slashes.",
  examples: [
    "nixoci export registry:alpine -o alpine.tar",
    "nixoci export docker-archive:app.tar | tar -t",
    "nixoci export oci-dir:images:app --path etc --path 'usr/lib/*.so' -o part.tar",
    "nixoci export docker-archive:image.tar.gz --style dockertools -o $out",
    "nixoci export registry:alpine --dir alpine",
    "nixoci export registry:alpine --bundle alpine && sudo runc run --bundle alpine test",
  ],
  args: { source: defineReferenceArg("Where the image is, as scheme:location") },
  flags: exportFlags,
  reaches: "one place",
  takesImages: true,

  doing: ({ source }) => `export ${source}`,
  async run({ source }, flags, io) {
    const { exportImage } = await import("./run.ts");
    io.print(await exportImage(source, flags, io), () => []);
  },
});
