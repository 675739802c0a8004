/** `nixoci explore SOURCE [SECOND]` */
import { boolean, file, string } from "@oclif/core/flags";
import { defineOptionalArg, defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { closureFlag, imageFlags } from "../../kit/flags.ts";

export default defineVerb({
  summary: "Write a page that shows an image in a browser, or two side by side",
  description:
    "One HTML file that loads nothing and opens from disk: layers with what they add, hide and " +
    "waste, files to search, store paths with what needs them and why they are there, settings. " +
    "With SECOND also what differs, and what a push from the one to the other moves. Reads every " +
    "layer.",
  examples: [
    "nixoci explore oci-dir:images:app -o app.html",
    "nixoci explore oci-dir:images:old oci-dir:images:new -o update.html",
    "nixoci explore registry:localhost:5000/app --serve",
  ],
  args: {
    source: defineReferenceArg("Where the image is, as scheme:location"),
    second: defineOptionalArg("Another image, to be compared with it", "reference"),
  },
  flags: {
    output: file({
      char: "o",
      summary: "Write the page to this file; to standard output by default",
      helpValue: "file",
    }),
    serve: boolean({
      summary:
        "Show the page at an address of this machine until ^C; a reload shows the image of then",
      exclusive: ["output"],
    }),
    listen: string({
      summary: "With --serve: the port or the address; any free port by default",
      helpValue: "[host:]port",
      dependsOn: ["serve"],
    }),
    closure: closureFlag,
    ...imageFlags,
  },
  reaches: "one place",

  doing: ({ source }) => `show ${source}`,
  async run({ source, second }, flags, io) {
    if (flags.serve) return await (await import("./serve.ts")).servePage(source, second, flags, io);
    const { writePage } = await import("./run.ts");
    const { text, ...result } = await writePage(source, second, flags, io);
    if (flags.output === undefined) return io.write(text);
    io.print(result, () => []);
  },
});
