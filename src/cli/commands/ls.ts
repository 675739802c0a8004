/** `nixoci ls SOURCE [PATH]` */
import { string as stringArg } from "@oclif/core/args";
import { boolean } from "@oclif/core/flags";
import { NixociError } from "../../errors.ts";
import { verb } from "../command.ts";
import { platformFlag, referenceArg, registriesConfFlag } from "../flags.ts";
import { longLines, shortLines } from "../listing.ts";
import { sideFlags, sideOptions } from "../sides.ts";

export default verb({
  summary: "List the files of an image",
  description:
    "The files that a container of the image would see, without unpacking it. Reads every layer.",
  examples: [
    "nixoci ls oci-dir:images:alpine",
    "nixoci ls -l docker-archive:app.tar /etc",
  ],
  args: {
    source: referenceArg("Where the image is, as scheme:location"),
    path: stringArg({ ignoreStdin: true, description: "Only this file, or what is below it" }),
  },
  flags: {
    long: boolean<boolean>({ char: "l", summary: "With mode, owner, size and time" }),
    platform: platformFlag(),
    ...sideFlags,
    "registries-conf": registriesConfFlag,
  },

  doing: ({ source }) => `list ${source}`,
  async run({ source, path }, flags, io) {
    const { ls } = await import("../../ls.ts");
    const { withRoot } = await import("../opened.ts");
    const options = sideOptions(flags, io);
    await withRoot(source, options, flags.platform ?? [], async (root) => {
      if (root.kind !== "image") {
        throw new NixociError("UNSUPPORTED", `Cannot list ${source}: it is an ${root.kind}`, {
          hint: root.kind === "index" ? "give one --platform" : "only images have files",
        });
      }
      const files = await ls(root, { signal: io.signal, ...(path !== undefined && { path }) });
      io.print(files, () => flags.long ? longLines(files) : shortLines(files));
    });
  },
});
