/** `nixoci inspect SOURCE` */
import { boolean } from "@oclif/core/flags";
import { Command } from "../command.ts";
import { platformFlag, referenceArg, registriesConfFlag } from "../flags.ts";
import { sideFlags, sideOptions } from "../sides.ts";

export default class Inspect extends Command {
  static override summary = "Say what an image is: platform, config, layers";
  static override description =
    "Reads the manifest and the config, no layer. Of an index it shows the entries; with " +
    "--platform, or with --config, the image for a platform.";
  static override examples = [
    "nixoci inspect registry:alpine",
    "nixoci inspect --raw oci-dir:images:alpine | jq .layers",
    "nixoci inspect --config --platform linux/arm64 registry:alpine",
  ];
  static override args = { source: referenceArg("Where the image is, as scheme:location") };
  static override flags = {
    raw: boolean({ summary: "Print the manifest, byte for byte", exclusive: ["json", "config"] }),
    config: boolean({ summary: "Print the image's config, byte for byte", exclusive: ["json"] }),
    platform: platformFlag,
    ...sideFlags,
    "registries-conf": registriesConfFlag,
  };

  async run(): Promise<void> {
    const { args: { source }, flags } = await this.parse(Inspect);
    this.doing = `inspect ${source}`;
    const { bytesToPrint, summaryLines } = await import("../inspecting.ts");
    const { inspect } = await import("../../inspect.ts");
    const { withRoot } = await import("../opened.ts");
    const options = sideOptions(flags, this.sideContext(flags));
    const platforms = flags.platform ?? (flags.config ? [] : undefined);
    await withRoot(source, options, platforms, async (root) => {
      if (flags.raw || flags.config) {
        return this.write(await bytesToPrint(root, flags.raw ? "manifest" : "config"));
      }
      const summary = await inspect(root);
      this.print(flags.json, summary, () => summaryLines(summary));
    });
  }
}
