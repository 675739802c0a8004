/** `nixoci lock import FILE NAME` */
import { defineRequiredArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { formatAdded } from "../lines.ts";
import { lockFileFlag, nameArgs } from "../words.ts";

export default defineVerb({
  summary: "Lock the image whose manifest nix2container's getManifest has written",
  description:
    "The file is an image's manifest, as pullImageFromManifest reads it. The image is locked as it " +
    "is there, under the name given; its tag is not asked.",
  examples: ["nixoci lock import alpine-manifest.json alpine:3.20"],
  args: {
    manifest: defineRequiredArg("The manifest's file", "file"),
    name: nameArgs.one("The image's name, as [host/]path[:tag]"),
  },
  flags: { file: lockFileFlag },
  reaches: "registries",
  takesImages: true,

  doing: ({ manifest }) => `import ${manifest}`,
  async run({ manifest, name }, { file }, io) {
    const { importLockedImage } = await import("./run.ts");
    const added = await importLockedImage(file, manifest, name, io);
    const images = [{ name: added.name, isNew: added.isNew, ...added.image }];
    io.print({ file, images }, () => formatAdded(added));
  },
});
