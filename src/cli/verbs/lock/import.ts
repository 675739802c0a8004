/** `nixoci lock import FILE NAME` */
import { verb } from "../../kit/command.ts";
import { requiredArg } from "../../kit/flags.ts";
import { addedLines, fileOptions, lockFileFlag, nameArgs } from "./run.ts";
import { registryFlags, sideOptions } from "../../kit/sides.ts";

export default verb({
  summary: "Lock the image whose manifest nix2container's getManifest has written",
  description:
    "The file is an image's manifest, as pullImageFromManifest reads it. The image is locked as it " +
    "is there, under the name given; its tag is not asked.",
  examples: ["nixoci lock import alpine-manifest.json alpine:3.20"],
  args: {
    manifest: requiredArg("The manifest's file"),
    name: nameArgs.one("The image's name, as [host/]path[:tag]"),
  },
  flags: { file: lockFileFlag, ...registryFlags },

  doing: ({ manifest }) => `import ${manifest}`,
  async run({ manifest, name }, flags, io) {
    const { readSmallFile } = await import("../../../bytes/disk/small-file.ts");
    const { editLock } = await import("../../../lock/file.ts");
    const { importManifest } = await import("../../../lock/manifest.ts");
    const { registryWith } = await import("./run.ts");
    const registry = registryWith(sideOptions(flags, io));
    const bytes = await readSmallFile(manifest);
    const added = await editLock(
      flags.file,
      (lock) => importManifest(lock, bytes, name, { registry, what: manifest }),
      { create: true, ...fileOptions(io) },
    );
    const { image, isNew } = added;
    const images = [{ name: added.name, isNew, ...image }];
    io.print({ file: flags.file, images }, () => addedLines(added));
  },
});
