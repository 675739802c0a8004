/** `nixoci lock manifest NAME` */
import { string } from "@oclif/core/flags";
import { defineVerb } from "../../../kit/command.ts";
import { lockFileFlag, nameArgs } from "../words.ts";

export default defineVerb({
  summary: "Print a locked image's manifest, for nix2container's pullImageFromManifest",
  description: "Byte for byte, read from the registry by digest.",
  examples: ["nixoci lock manifest --platform linux/amd64 alpine:3.20 > alpine-manifest.json"],
  args: { name: nameArgs.one("The locked image") },
  flags: {
    file: lockFileFlag,
    platform: string({
      summary: "Which of the locked platforms; the host's by default, or the only one",
      helpValue: "[os/]arch[/variant]",
    }),
  },
  reaches: "registries",
  takesImages: true,

  doing: ({ name }) => `print the manifest of ${name}`,
  async run({ name }, { file, platform }, io) {
    const { fetchManifest } = await import("./run.ts");
    io.write(await fetchManifest(file, name, platform, io));
  },
});
