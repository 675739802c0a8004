/** `skopeo copy`: the image of umoci, recompressed with zstd. */
import { join } from "node:path";
import { run } from "../command.ts";
import type { Maker, Workshop } from "./sample.ts";
import { umoci } from "./umoci.ts";

export const skopeoZstd: Maker = {
  name: "skopeo, zstd",
  kind: "image",
  ociOnly: true,
  needs: ["skopeo", ...umoci.needs],
  async make(workshop: Workshop) {
    const from = await umoci.make({ ...workshop, folder: join(workshop.folder, "from") });
    const layout = `oci:${join(workshop.folder, "layout")}:zstd`;
    await run(["skopeo", "copy", "--dest-compress-format", "zstd", from, layout], workshop);
    return layout;
  },
};
