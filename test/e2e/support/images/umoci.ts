/** `umoci`: an OCI layout whose second layer was made by comparing trees, whiteouts included. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";
import { COMMAND, type Maker, MESSAGE } from "./sample.ts";
import { writeBase, writeOddities } from "./tree.ts";

export const umoci: Maker = {
  name: "umoci",
  kind: "image",
  needs: ["umoci", "busybox", "root"],
  async make({ folder, env }) {
    const [layout, bundle] = [join(folder, "layout"), join(folder, "bundle")];
    const [image, root] = [`${layout}:umoci`, join(bundle, "rootfs")];
    await run(["umoci", "init", "--layout", layout], { env });
    await run(["umoci", "new", "--image", image], { env });
    await run(["umoci", "unpack", "--image", image, bundle], { env });
    await writeBase(root, MESSAGE);
    await run(["umoci", "repack", "--refresh-bundle", "--image", image, bundle], { env });
    await writeOddities(root);
    await rm(join(root, "removed"), { recursive: true });
    await run(["umoci", "repack", "--image", image, bundle], { env });
    const command = COMMAND.flatMap((word) => ["--config.cmd", word]);
    await run(["umoci", "config", "--image", image, ...command], { env });
    await rm(bundle, { recursive: true });
    return `oci:${image}`;
  },
};
