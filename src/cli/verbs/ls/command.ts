/** `nixoci ls SOURCE [PATH]` */
import { string as stringArg } from "@oclif/core/args";
import { boolean } from "@oclif/core/flags";
import { verb } from "../../kit/command.ts";
import { layerFlag, pickFlags } from "../export/export-flags.ts";
import { platformFlag, referenceArg, registriesConfFlag, tmpdirFlag } from "../../kit/flags.ts";
import { longLines, shortLines } from "./run.ts";
import { readPlace } from "../../reference/place.ts";
import { sideFlags, sideOptions } from "../../kit/sides.ts";

export default verb({
  summary: "List the files of an image",
  description:
    "The files that a container of the image would see, without unpacking it. Reads every layer.",
  examples: [
    "nixoci ls oci-dir:images:alpine",
    "nixoci ls -l docker-archive:app.tar /etc",
    "nixoci ls --layer 2 registry:alpine",
  ],
  args: {
    source: referenceArg("Where the image is, as scheme:location"),
    path: stringArg({ ignoreStdin: true, description: "Only this file, or what is below it" }),
  },
  flags: {
    long: boolean<boolean>({ char: "l", summary: "With mode, owner, size and time" }),
    layer: layerFlag,
    ...pickFlags,
    platform: platformFlag(),
    tmpdir: tmpdirFlag,
    ...sideFlags,
    "registries-conf": registriesConfFlag,
  },

  doing: ({ source }) => `list ${source}`,
  async run({ source, path }, flags, io) {
    const { ls } = await import("../../../flatten/ls.ts");
    const { layerNumber, withImage } = await import("../../reference/image.ts");
    await withImage(readPlace(source), flags, sideOptions(flags, io), async (image) => {
      const layer = layerNumber(image, flags.layer);
      const files = await ls(image, {
        signal: io.signal,
        ...(path !== undefined && { path }),
        ...(layer !== undefined && { layer }),
      });
      const value = { toJSON: () => [...files] };
      io.print(value, () => flags.long ? longLines(files) : shortLines(files));
    });
  },
});
