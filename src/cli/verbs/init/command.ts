/** `nixoci init SPEC -o DIR` */
import { file } from "@oclif/core/flags";
import { NixociError } from "../../../base/errors.ts";
import { defineOptionalArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";

export default defineVerb({
  summary: "Write the init of a SPEC's services to a folder, to run them without a container",
  description:
    "DIR gets the tree that an image of the SPEC would have: DIR/init STATE-DIR runs the services " +
    "with the programs and users of this machine, until they end or it gets a signal. STATE-DIR must " +
    "not be there.",
  examples: [
    "nixoci init spec.json -o ./run",
    "nixoci init spec.json -o ./run && ./run/init /tmp/state",
  ],
  args: { spec: defineOptionalArg("The SPEC: a JSON file, - for standard input", "file") },
  flags: {
    output: file({
      char: "o",
      summary: "The folder to write, which must not be there",
      helpValue: "DIR",
    }),
  },

  async run({ spec }, { output }, io) {
    if (spec === undefined || output === undefined) {
      throw new NixociError("USAGE", `Missing arguments: init needs ${spec ? "-o DIR" : "SPEC"}`, {
        hint: "usage: nixoci init SPEC -o DIR",
      });
    }
    const [{ readSpec }, { writeInit }] = await Promise.all([
      import("../../../compose/spec/read.ts"),
      import("../../../compose/services/write-init.ts"),
    ]);
    const { spec: read, folder } = await readSpec(spec, io.notice, io.signal);
    const services = await writeInit(read, output, { folder, onNotice: io.notice });
    io.print({ init: `${output}/init`, services }, () => [`${output}/init`]);
  },
});
