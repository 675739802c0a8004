/** `nixoci lock fetch DESTINATION [NAME…]` */
import { directory } from "@oclif/core/flags";
import { verb } from "../../kit/command.ts";
import { described } from "../copy/copied.ts";
import { deliveryFlags } from "../copy/delivery.ts";
import { requiredArg } from "../../kit/flags.ts";
import { readLayoutFolder } from "../../reference/place.ts";
import { lockFileFlag, nameArgs } from "./run.ts";
import { withProgress } from "../../progress/mod.ts";
import { registryFlags } from "../../kit/sides.ts";

export default verb({
  summary: "Bring the locked images into an OCI layout, by digest",
  description:
    "Only what is missing moves, and where nothing is, no registry is asked. The layout has each " +
    "image under the name that it has in the lock, with all locked platforms.",
  examples: [
    "nixoci lock fetch oci-dir:images",
    "nixoci lock fetch --blobs result/blobs oci-dir:images   # no registry at all",
  ],
  args: {
    destination: requiredArg("The layout's folder, as oci-dir:PATH"),
    name: nameArgs.optional("Locked images; all of them by default"),
  },
  flags: {
    file: lockFileFlag,
    blobs: directory({
      summary: "Take what is missing from this folder of sha256/… files, and ask no registry",
      helpValue: "folder",
    }),
    jobs: deliveryFlags.jobs,
    progress: deliveryFlags.progress,
    ...registryFlags,
  },

  doing: ({ destination }) => `fetch into ${destination}`,
  async run({ destination, name: names }, flags, io) {
    const folder = readLayoutFolder(destination);
    const { fetchInto } = await import("./fetching.ts");
    const mode = flags.quiet ? "none" : flags.progress;
    const result = await withProgress(
      mode,
      (onEvent) => fetchInto(folder, names ?? [], flags, { signal: io.signal, onEvent }),
    );
    const { images } = result;
    io.print(
      described(result),
      () =>
        images.map(({ descriptor, references }) => `${descriptor.digest} ${references.join(" ")}`),
    );
  },
});
