/** `nixoci gc oci-dir:PATH` */
import { boolean, integer, string } from "@oclif/core/flags";
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { REPEATABLE } from "../../kit/flags.ts";
import { formatBytes, formatCount } from "../../kit/text.ts";

export default defineVerb({
  summary: "Remove blobs that no image of a layout needs",
  description:
    "What an image is made of stays, at any depth, and what is attached to it. Safe beside other " +
    "nixoci commands that write there; blobs that other tools have just written stay for an hour.",
  examples: [
    "nixoci gc --dry-run oci-dir:images",
    "nixoci gc --untag 'old*' --grace 0 oci-dir:images",
  ],
  args: { layout: defineReferenceArg("The layout, as oci-dir:PATH") },
  flags: {
    untag: string({
      ...REPEATABLE,
      summary: "Take away names that match this pattern first",
      helpValue: "glob",
    }),
    "keep-newest": integer({
      summary: "Take away all names but those of so many images that were made last",
      helpValue: "n",
      min: 1,
    }),
    grace: integer({
      summary: "Leave blobs that are younger than so many seconds; 3600 by default",
      helpValue: "seconds",
      min: 0,
    }),
    sparse: boolean<boolean>({
      summary: "Indexes lack images on purpose: what is missing of them needs nothing",
    }),
    "dry-run": boolean<boolean>({ summary: "Print what would go, and remove nothing" }),
  },
  reaches: "one place",

  doing: ({ layout }) => `tidy up ${layout}`,
  async run({ layout }, flags, io) {
    const { removeUnneeded } = await import("./run.ts");
    const garbage = await removeUnneeded(layout, flags, io);
    const { names, blobs, young, bytes } = garbage;
    const does = flags["dry-run"] ? "would remove" : "removed";
    io.print(garbage, function* () {
      for (const name of names) yield `${does}  name  ${name}`;
      for (const { digest, size } of blobs) yield `${does}  blob  ${digest}  ${formatBytes(size)}`;
      const left = young === 0 ? "" : `; ${young} are too young to go (--grace)`;
      yield `${does} ${formatCount(blobs.length, "blob")}, ${formatBytes(bytes)}${left}`;
    });
  },
});
