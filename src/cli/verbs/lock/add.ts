/** `nixoci lock add NAME…` */
import { boolean } from "@oclif/core/flags";
import { parsePlatform } from "../../../image/platform.ts";
import { parseReference } from "../../../image/reference.ts";
import { verb } from "../../kit/command.ts";
import { platformFlag } from "../../kit/flags.ts";
import { addedLines, fileOptions, forOneRegistry, lockFileFlag, nameArgs } from "./run.ts";
import { registryFlags, sideOptions } from "../../kit/sides.ts";

export default verb({
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
    platform: platformFlag("linux/amd64 and linux/arm64 by default, so far as there are"),
    all: boolean<boolean>({
      char: "a",
      summary: "Lock every platform of the index",
      exclusive: ["platform"],
    }),
    ...registryFlags,
  },

  async run({ name: names }, flags, io) {
    const { addToLock } = await import("../../../lock/add.ts");
    const { editLock } = await import("../../../lock/file.ts");
    const { registryWith } = await import("./run.ts");
    forOneRegistry(flags, names.map((name) => parseReference(name).host));
    const registry = registryWith(sideOptions(flags, io));
    const platforms = flags.all ? "all" as const : flags.platform?.map(parsePlatform);
    const { added } = await editLock(flags.file, async (before) => {
      const added = [];
      let lock = before;
      for (const name of names) {
        const one = await addToLock(lock, name, { registry, ...(platforms && { platforms }) });
        added.push(one);
        lock = one.lock;
      }
      return { lock, added };
    }, { create: true, ...fileOptions(io) });
    const images = added.map(({ name, image, isNew }) => ({ name, isNew, ...image }));
    io.print({ file: flags.file, images }, () => added.flatMap(addedLines));
  },
});
