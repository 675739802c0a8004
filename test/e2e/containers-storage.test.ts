/** The storage of Podman, Buildah and skopeo: what one of them puts there, the others find. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attempt, nixociCommand, run } from "./support/command.ts";
import { lacks, peers } from "./support/peers.ts";

const HELLO = "oci-dir:examples/hello";
const AMD64 = ["--platform", "linux/amd64"];

/** The image ID and the diffIDs of what is at a place. */
async function factsOf(place: string): Promise<unknown> {
  const words = nixociCommand("inspect", "--json", ...AMD64, place);
  const { configDigest, layers } = JSON.parse(await run(words, peers));
  const diffIds = layers.map(({ diffId }: { readonly diffId: string }) => diffId);
  return { configDigest, diffIds };
}

describe.skipIf(lacks("podman", "skopeo"))("containers-storage:", () => {
  test("holds for skopeo what we put there, and for us what skopeo does", async () => {
    const ours = "containers-storage:localhost/by-us:1";
    await run(nixociCommand("copy", "-q", ...AMD64, HELLO, ours), peers);
    const [layout, theirs] = ["by-skopeo", "from-skopeo"].map((name) =>
      join(peers.env["TMPDIR"]!, name)
    );
    await run(["skopeo", "copy", "-q", ours, `oci:${layout}:a`], peers);
    expect(await factsOf(`oci-dir:${layout}:a`)).toEqual(await factsOf(HELLO));
    const other = "containers-storage:localhost/by-skopeo:1";
    await run(["skopeo", "copy", "-q", `oci:${layout}:a`, other], peers);
    await run(nixociCommand("copy", "-q", other, `oci-dir:${theirs}:a`), peers);
    expect(await factsOf(`oci-dir:${theirs}:a`)).toEqual(await factsOf(HELLO));
  }, 120_000);

  test("is any storage that is named, and what podman says of it is told", async () => {
    const folder = join(peers.env["TMPDIR"]!, "cs");
    const at = `containers-storage:[vfs@${folder}/root+${folder}/run]`;
    const other = `${at}localhost/there:1`;
    await run(nixociCommand("copy", "-q", ...AMD64, HELLO, other), peers);
    const podman = ["podman", "--storage-driver", "vfs", "--root", `${folder}/root`];
    const images = [
      ...podman,
      "--runroot",
      `${folder}/run`,
      "images",
      "--format",
      "{{.Repository}}",
    ];
    expect(await run(images, peers)).toBe("localhost/there\n");
    const none = await attempt(nixociCommand("digest", `${at}localhost/none:1`), peers);
    expect(none.stderr).toContain("Podman has no image localhost/none:1");
    const wrong = other.replace("[vfs@", "[btrfs@");
    const failed = await attempt(nixociCommand("digest", wrong), peers);
    expect([failed.status, failed.stderr]).toEqual([
      1,
      expect.stringContaining("Podman's storage"),
    ]);
  }, 120_000);
});
