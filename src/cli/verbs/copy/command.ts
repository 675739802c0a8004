/** `nixoci copy SOURCE DESTINATION` */
import { string } from "@oclif/core/flags";
import { verb } from "../../kit/command.ts";
import { deliver, deliveryFlags } from "./delivery.ts";
import { allFlag, platformFlag, referenceArg, registriesConfFlag } from "../../kit/flags.ts";
import { bothSidesFlags } from "../../kit/sides.ts";

export default verb({
  summary: "Copy an image from one place to another",
  description:
    "Bytes that need no change do not change, and the digest with them. What the destination has " +
    "already does not move. Prints the digest of what is there in the end.",
  examples: [
    "nixoci copy registry:alpine oci-dir:images:alpine",
    "nixoci copy --all docker://quay.io/org/app:1.0 registry:localhost:5000/app:1.0",
    "nixoci copy oci-dir:images:alpine docker-archive:-:alpine:latest | docker load",
  ],
  args: {
    source: referenceArg("Where the image is, as scheme:location"),
    destination: referenceArg("Where it shall be; an archive's path - is standard output"),
  },
  flags: {
    all: allFlag,
    platform: platformFlag(),
    digest: string({
      summary: "Copy only what has this digest at the source; of an index, the image for " +
        "--platform is taken after that, or with --all the index itself",
      helpValue: "sha256:…",
    }),
    ...deliveryFlags,
    ...bothSidesFlags,
    "registries-conf": registriesConfFlag,
  },

  doing: ({ source, destination }) => `copy ${source} to ${destination}`,
  async run({ source, destination }, flags, io) {
    await deliver(source, destination, flags, io);
  },
});
