/** `nixoci lock fetch DESTINATION [NAME…]` */
import { defineRequiredArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { nameArgs } from "../words.ts";
import { fetchFlags } from "./flags.ts";

export default defineVerb({
  summary: "Bring the locked images into an OCI layout, by digest",
  description:
    "Only what is missing moves, and where nothing is, no registry is asked. The layout has each " +
    "image under the name that it has in the lock, with all locked platforms.",
  examples: [
    "nixoci lock fetch oci-dir:images",
    "nixoci lock fetch --blobs result/blobs oci-dir:images   # no registry at all",
  ],
  args: {
    destination: defineRequiredArg("The layout's folder, as oci-dir:PATH", "reference"),
    name: nameArgs.optional("Locked images; all of them by default"),
  },
  flags: fetchFlags,
  reaches: "registries",
  takesImages: true,

  doing: ({ destination }) => `fetch into ${destination}`,
  async run({ destination, name: names }, flags, io) {
    const { fetchTo } = await import("./run.ts");
    const { value, images } = await fetchTo(destination, names ?? [], flags, io);
    io.print(
      value,
      () =>
        images.map(({ descriptor, references }) => `${descriptor.digest} ${references.join(" ")}`),
    );
  },
});
