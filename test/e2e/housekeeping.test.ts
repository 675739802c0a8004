/** Taking away and proving, at a registry that cannot delete tags, and in layouts of other tools. */
import { readdir, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { platform } from "../../src/steps/platform.ts";
import { verifyImages } from "../../src/verify/verify.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { listRepositories } from "../../transports/registry/mod.ts";
import { removeGarbage } from "../../transports/oci-dir/garbage.ts";
import { run } from "./support/command.ts";
import { lacks, peers } from "./support/peers.ts";
import { PLACES, type Spot } from "./support/places.ts";

const HELLO = "oci-dir:examples/hello";
const spotIn = (place: string): Spot => PLACES.find(({ name }) => name === place)!.spot();

describe.skipIf(lacks("registry", "skopeo"))("a tag of docker-registry", () => {
  test("goes alone, and the image is whole under the other one", async () => {
    const spot = spotIn("registry");
    await using from = await openSource(HELLO);
    await using to = await openSink(spot.reference);
    await copy(from, to, { all: true, references: ["tag", "other"] });
    await to.removeName!("tag");
    const name = spot.skopeo.replace(/:tag$/, "");
    const [host = "", ...path] = name.replace("docker://", "").split("/");
    expect(await listRepositories(host)).toContain(path.join("/"));
    const list = await run(["skopeo", "list-tags", "--tls-verify=false", name], peers);
    expect(JSON.parse(list).Tags).toEqual(["other"]);
    await using other = await openSource(spot.reference.replace(/:tag$/, ":other"));
    const { problems, manifests } = await verifyImages(other);
    expect([problems, manifests]).toEqual([[], 3]);
    const layout = spotIn("oci-dir");
    const pull = ["skopeo", "copy", "--all", "--quiet", "--src-tls-verify=false"];
    await run([...pull, `${name}:other`, layout.skopeo], peers);
  });
});

describe.skipIf(lacks("skopeo"))("a layout that skopeo wrote", () => {
  test("loses what nothing names, and stays whole for skopeo", async () => {
    const layout = spotIn("oci-dir");
    const path = layout.skopeo.replace(/^oci:(.*):tag$/, "$1");
    const copyAll = ["skopeo", "copy", "--all", "--quiet"];
    await run([...copyAll, HELLO.replace("oci-dir:", "oci:"), layout.skopeo], peers);
    const blobs = join(path, "blobs", "sha256");
    for (const name of await readdir(blobs)) await utimes(join(blobs, name), 0, 0);
    const before = await readdir(blobs);
    expect((await removeGarbage(path)).blobs).toEqual([]);
    expect(await readdir(blobs)).toEqual(before);
    // one image takes the place of the index: what only that needs goes
    await using from = await openSource(HELLO);
    await using to = await openSink(layout.reference);
    await copy(from, to, { steps: [platform([{ os: "linux", architecture: "amd64" }])] });
    for (const name of before) {
      if (await stat(join(blobs, name)).catch(() => undefined)) {
        await utimes(join(blobs, name), 0, 0);
      }
    }
    expect((await removeGarbage(path)).blobs.length).toBeGreaterThan(2);
    await run(["skopeo", "copy", "--quiet", layout.skopeo, spotIn("oci-dir").skopeo], peers);
    await using left = await openSource(layout.reference);
    expect((await verifyImages(left)).problems).toEqual([]);
  });
});
