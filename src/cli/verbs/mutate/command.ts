/** `nixoci mutate SOURCE DESTINATION` */
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { mutateFlags } from "./flags.ts";

export default defineVerb({
  summary: "Change an image: its config, annotations, layers, base",
  description:
    "Flags that change the image work in the order in which they are given. An index stays an " +
    "index: all its images change, or with --platform those, and what else is in it stays, " +
    "attestations with new references to what they are about. Layers that do not change do not " +
    "move: in a registry, a new config is all that is sent. Prints the digest of what is there in " +
    "the end.",
  examples: [
    "nixoci mutate --env MODE=fast --env DEBUG- registry:ghcr.io/org/app:1.4 registry:localhost:5000/app:1.4-fast",
    "nixoci mutate --label team=blue --annotation index:note=hi oci-dir:examples/hello oci-dir:images:hello",
    "nixoci mutate --append ./rootfs --append-to /srv --rm /etc/motd oci-dir:images:app oci-dir:images:served",
    "nixoci mutate --squash all --reproducible oci-dir:images:app oci-archive:app.tar",
    "nixoci mutate --rebase oci-dir:images:old,oci-dir:images:new oci-dir:images:old oci-dir:images:moved",
    "nixoci mutate --dry-run --platform linux/arm64 --user 1000 oci-dir:examples/hello oci-dir:images:hello",
  ],
  args: {
    source: defineReferenceArg("Where the image is, as scheme:location"),
    destination: defineReferenceArg("Where it goes; may be the same place"),
  },
  flags: mutateFlags,
  reaches: "two places",
  takesImages: true,

  doing: ({ source, destination }) => `change ${source} to ${destination}`,
  async run({ source, destination }, flags, io, given) {
    const { changeImage } = await import("./run.ts");
    await changeImage(source, destination, { flags, given }, io);
  },
});
