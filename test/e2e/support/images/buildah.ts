/** `buildah`: OCI images with capabilities and devices, and an index of two platforms. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";
import { COMMAND, type Maker, MESSAGE, type Workshop } from "./sample.ts";
import { writeBase, writeOddities } from "./tree.ts";

/** One image of three layers in an OCI layout. */
export const buildah: Maker = {
  name: "buildah",
  kind: "image",
  needs: ["buildah", "busybox"],
  async make(workshop) {
    const base = await commit(workshop, "scratch", "localhost/base", async (root) => {
      await writeBase(root, MESSAGE);
    });
    const odd = await commit(workshop, base, "localhost/odd", async (root) => {
      await writeOddities(root);
      await run(["setcap", "cap_net_raw+ep", join(root, "bin/busybox")]);
      await run(["mknod", join(root, "odd/null"), "c", "1", "3"]);
      await run(["mkfifo", join(root, "odd/pipe")]);
    });
    const last = await commit(workshop, odd, "localhost/last", async (root) => {
      await rm(join(root, "removed"), { recursive: true });
      await rm(join(root, "odd/two"));
    });
    const layout = `oci:${join(workshop.folder, "layout")}:buildah`;
    await run(["buildah", "push", last, layout], workshop);
    return layout;
  },
};

/** An index of the same image for two platforms; only one of them can run here. */
export const buildahIndex: Maker = {
  name: "buildah, two platforms",
  kind: "index",
  needs: ["buildah", "busybox"],
  async make(workshop) {
    const index = "localhost/index";
    await run(["buildah", "manifest", "create", index], workshop);
    for (const arch of ["amd64", "arm64"]) {
      const image = await commit(workshop, "scratch", `localhost/${arch}`, async (root) => {
        await writeBase(root, MESSAGE);
      }, arch);
      await run(["buildah", "manifest", "add", index, image], workshop);
    }
    const layout = `oci:${join(workshop.folder, "layout")}:index`;
    await run(["buildah", "manifest", "push", "--all", index, layout], workshop);
    return layout;
  },
};

/** One more layer: what `change` does to the mounted root of `from`; the new image's name. */
async function commit(
  { env }: Workshop,
  from: string,
  name: string,
  change: (root: string) => Promise<void>,
  arch = "amd64",
): Promise<string> {
  const container = (await run(["buildah", "from", "--arch", arch, from], { env })).trim();
  const root = (await run(["buildah", "mount", container], { env })).trim();
  await change(root);
  await run(["buildah", "config", "--cmd", JSON.stringify(COMMAND), container], { env });
  await run(["buildah", "commit", "--quiet", "--rm", container, name], { env });
  return name;
}
