/** `nixoci cat SOURCE PATH` */
import { NixociError } from "../../../base/errors.ts";
import { verb } from "../../kit/command.ts";
import { pickFlags } from "../export/export-flags.ts";
import {
  platformFlag,
  referenceArg,
  registriesConfFlag,
  requiredArg,
  tmpdirFlag,
} from "../../kit/flags.ts";
import { readPlace } from "../../reference/place.ts";
import { sideFlags, sideOptions } from "../../kit/sides.ts";

export default verb({
  summary: "Print a file of an image",
  description:
    "As a container of the image would read it: symbolic links are followed, and lead nowhere else. " +
    "Reads the newest layer first, and no more layers than it takes.",
  examples: [
    "nixoci cat registry:alpine /etc/os-release",
    "nixoci cat oci-dir:images:app usr/bin/app > app",
  ],
  args: {
    source: referenceArg("Where the image is, as scheme:location"),
    path: requiredArg("The file, from the image's root"),
  },
  flags: {
    ...pickFlags,
    platform: platformFlag(),
    tmpdir: tmpdirFlag,
    ...sideFlags,
    "registries-conf": registriesConfFlag,
  },

  doing: ({ source, path }) => `read ${path} of ${source}`,
  async run({ source, path }, flags, io) {
    if (flags.json) {
      throw new NixociError("USAGE", "The content of a file is no JSON", {
        hint: "see what is known of it with nixoci ls --json",
      });
    }
    const { cat } = await import("../../../flatten/cat.ts");
    const { withImage } = await import("../../reference/image.ts");
    const { openOutput } = await import("../../../bytes/disk/open-output.ts");
    await withImage(readPlace(source), flags, sideOptions(flags, io), async (image, scratch) => {
      const output = await openOutput("-");
      try {
        const { signal } = io;
        for await (const chunk of cat(image, path, { scratch, signal })) await output.write(chunk);
        await output.commit();
      } finally {
        await output[Symbol.asyncDispose]();
      }
    });
  },
});
