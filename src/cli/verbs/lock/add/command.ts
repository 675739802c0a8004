/** `nixoci lock add NAME…` */
import { defineVerb } from "../../../kit/command.ts";
import { defineAllFlag, definePlatformFlag } from "../../../kit/flags.ts";
import { formatAdded } from "../lines.ts";
import { lockFileFlag, nameArgs } from "../words.ts";

export default defineVerb({
  summary: "Pin images in the lockfile, which is made when there is none",
  description:
    "Asks each tag once, and writes down the digests of what it names: index, manifests, configs, " +
    "layers. What is locked already stays at its digest; with --platform it gets more platforms. " +
    "NAME:TAG@sha256:… pins this digest, and asks no tag.",
  examples: [
    "nixoci lock add alpine:3.20 ghcr.io/org/app:1.4",
    "nixoci lock add --platform linux/amd64 --platform linux/arm/v7 alpine",
  ],
  args: { name: nameArgs.required("An image, as [host/]path[:tag]; latest by default") },
  flags: {
    file: lockFileFlag,
    platform: definePlatformFlag("linux/amd64 and linux/arm64 by default, so far as there are"),
    all: defineAllFlag("Lock every platform of the index"),
  },
  reaches: "registries",
  takesImages: true,

  async run({ name: names }, { file, platform, all }, io) {
    const { addLockedImages } = await import("./run.ts");
    const added = await addLockedImages(file, names, all ? "all" : platform, io);
    const images = added.map(({ name, image, isNew }) => ({ name, isNew, ...image }));
    io.print({ file, images }, () => added.flatMap(formatAdded));
  },
});
