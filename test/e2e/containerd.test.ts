/** Our archives and containerd's: what `ctr images import` takes and `ctr images export` writes. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nixociCommand, run } from "./support/command.ts";
import { type Guarded, startGuarded } from "./support/guarded.ts";
import { lacks, peers } from "./support/peers.ts";

const HELLO = "oci-dir:examples/hello";
const NAME = "example.org/hello:1";

describe.skipIf(lacks("containerd", "root"))("containerd", () => {
  const folder = join(peers.folder, "containerd");
  let server: Guarded | undefined;
  let ctr: (...words: string[]) => Promise<string>;
  const digestOf = async (place: string) =>
    (await run(nixociCommand("digest", place), peers)).trim();

  beforeAll(async () => {
    await mkdir(folder, { recursive: true });
    const [config, socket] = [join(folder, "config.toml"), join(folder, "c.sock")];
    await writeFile(
      config,
      `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${socket}"
[ttrpc]
  address = "${folder}/t.sock"
`,
    );
    ctr = (...words) => run(["ctr", "--address", socket, ...words], peers);
    const words = ["containerd", "--config", config];
    server = await startGuarded(words, {
      folder,
      env: peers.env,
      ready: (log) => log.includes("successfully booted"),
    });
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
