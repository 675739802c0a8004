/** `nixoci digest SOURCE` */
import type { Descriptor } from "../../../image/descriptor.ts";
import type { TransportOptions } from "../../../image/root.ts";
import { verb } from "../../kit/command.ts";
import { platformFlag, referenceArg, registriesConfFlag } from "../../kit/flags.ts";
import { readPlace } from "../../reference/place.ts";
import { sideFlags, sideOptions } from "../../kit/sides.ts";

export default verb({
  summary: "Print the digest of an image's manifest",
  description:
    "The digest that pins what the reference names now: the index, where it names one, or with " +
    "--platform the image that the index has for it.",
  examples: [
    "nixoci digest registry:alpine",
    "nixoci digest --platform linux/arm64 registry:alpine",
  ],
  args: { source: referenceArg("Where the image is, as scheme:location") },
  flags: {
    platform: platformFlag("the whole index by default"),
    ...sideFlags,
    "registries-conf": registriesConfFlag,
  },

  doing: ({ source }) => `read ${source}`,
  async run({ source }, flags, io) {
    const { withRoot } = await import("../../reference/opened.ts");
    const place = readPlace(source);
    const options = sideOptions(flags, io);
    const { mediaType, digest, size } = flags.platform === undefined && place.scheme === "registry"
      ? await asked(place.location, options)
      : await withRoot(place, { platforms: flags.platform }, options, async (root) => {
        return root.manifest.descriptor;
      });
    io.print({ digest, mediaType, size }, () => [digest]);
  },
});

/** A registry says the digest without sending the manifest, which its pull limits do not count. */
async function asked(location: string, options: TransportOptions): Promise<Descriptor> {
  const { headDigest } = await import("../../../../transports/registry/mod.ts");
  return await headDigest(location, options);
}
