/** Our archives and containerd's: what `ctr images import` takes and `ctr images export` writes. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nixociCommand, run } from "./support/command.ts";
import { type Containerd, startContainerd } from "./support/containerd.ts";
import { lacks, peers } from "./support/peers.ts";

const HELLO = "oci-dir:examples/hello";
const NAME = "example.org/hello:1";

describe.skipIf(lacks("containerd", "root"))("containerd", () => {
  const folder = join(peers.folder, "containerd");
  let server: Containerd | undefined;
  let ctr: Containerd["ctr"];
  const digestOf = async (place: string) =>
    (await run(nixociCommand("digest", place), peers)).trim();

  beforeAll(async () => {
    server = await startContainerd(folder);
    ctr = server.ctr;
  }, 90_000);
  afterAll(() => server?.stop());

  test("takes our archives, whole and by name, and unpacks them", async () => {
    const archive = join(folder, "ours.tar");
    await run(nixociCommand("copy", "-q", "--all", HELLO, `oci-archive:${archive}:${NAME}`), peers);
    await ctr("images", "import", "--all-platforms", "--snapshotter", "native", archive);
    expect(await ctr("images", "ls", "-q")).toBe(`${NAME}\n`);
    const [, listed = ""] = (await ctr("images", "ls", `name==${NAME}`)).split("\n");
    expect(listed).toContain(await digestOf(HELLO));
    expect(listed).toContain("linux/amd64,linux/arm64");
    // Of the machine's own platform: a manifest below the index, with its two blobs unpacked.
    const check = await ctr("images", "check", "--snapshotter", "native");
    expect(check).toMatch(/complete \(2\/2\).* true/);
  }, 120_000);

  test("writes archives that we read, those of one platform alone among them", async () => {
    const [all, one] = ["all", "one"].map((name) => join(folder, `${name}.tar`)) as [
      string,
      string,
    ];
    await ctr("images", "export", "--all-platforms", all, NAME);
    await ctr("images", "export", "--platform", "linux/amd64", one, NAME);
    expect(await digestOf(`oci-archive:${all}`)).toBe(await digestOf(HELLO));
    const back = `oci-dir:${join(folder, "back")}`;
    await run(nixociCommand("copy", "-q", "--all", `oci-archive:${all}`, `${back}:all`), peers);
    expect(await digestOf(`${back}:all`)).toBe(await digestOf(HELLO));
    // Its index names the image for arm64, which is not there.
    const amd64 = ["--platform", "linux/amd64"];
    await run(nixociCommand("copy", "-q", ...amd64, `oci-archive:${one}`, `${back}:one`), peers);
    await run(nixociCommand("copy", "-q", ...amd64, HELLO, `${back}:same`), peers);
    expect(await digestOf(`${back}:one`)).toBe(await digestOf(`${back}:same`));
  }, 120_000);
});
