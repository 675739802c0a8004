/** `nixoci copy SOURCE DESTINATION` */
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { copyFlags } from "../../delivery/flags.ts";

export default defineVerb({
  summary: "Copy an image from one place to another",
  description:
    "Bytes that need no change do not change, and the digest with them. What the destination has " +
    "already does not move. Prints the digest of what is there in the end.",
  examples: [
    "nixoci copy registry:alpine oci-dir:images:alpine",
    "nixoci copy --all docker://quay.io/org/app:1.0 registry:localhost:5000/app:1.0",
    "nixoci copy --all --scoped docker-archive:app.tar registry:localhost:5000/mirror",
    "nixoci copy oci-dir:images:alpine docker-archive:-:alpine:latest | docker load",
  ],
  args: {
    source: defineReferenceArg("Where the image is, as scheme:location"),
    destination: defineReferenceArg("Where it goes; an archive's path - is standard output"),
  },
  flags: copyFlags,
  reaches: "two places",
  takesImages: true,

  doing: ({ source, destination }) => `copy ${source} to ${destination}`,
  async run({ source, destination }, flags, io) {
    const { deliver } = await import("../../delivery/mod.ts");
    await deliver(source, destination, flags, io);
  },
});
