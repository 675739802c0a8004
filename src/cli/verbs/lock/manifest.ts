/** `nixoci lock manifest NAME` */
import { string } from "@oclif/core/flags";
import { parsePlatform } from "../../../image/platform.ts";
import { verb } from "../../kit/command.ts";
import { lockFileFlag, nameArgs } from "./run.ts";
import { registryFlags, sideOptions } from "../../kit/sides.ts";

export default verb({
  summary: "Print a locked image's manifest, as nix2container's pullImageFromManifest reads it",
  description: "Byte for byte, read from the registry by digest.",
  examples: ["nixoci lock manifest --platform linux/amd64 alpine:3.20 > alpine-manifest.json"],
  args: { name: nameArgs.one("The locked image") },
  flags: {
    file: lockFileFlag,
    platform: string({
      summary: "Which of the locked platforms; the host's by default, or the only one",
      helpValue: "[os/]arch[/variant]",
    }),
    ...registryFlags,
  },

  doing: ({ name }) => `print the manifest of ${name}`,
  async run({ name }, flags, io) {
    const { readLock } = await import("../../../lock/file.ts");
    const { manifestOf } = await import("../../../lock/manifest.ts");
    const { registrySupply } = await import("../../../lock/supply.ts");
    const { registryWith } = await import("./run.ts");
    const platform = flags.platform === undefined ? undefined : parsePlatform(flags.platform);
    const lock = await readLock(flags.file);
    const supply = registrySupply(registryWith(sideOptions(flags, io)));
    try {
      io.write(await manifestOf(lock, name, { platform, supply }));
    } finally {
      await supply[Symbol.asyncDispose]();
    }
  },
});
