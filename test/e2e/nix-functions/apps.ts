/** The programs that images have, run; and bases that come from a registry. */
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { run } from "../support/command.ts";
import { nixoci } from "../support/copying.ts";
import { lacks, need, peers } from "../support/peers.ts";
import { readPlan, type Suite } from "./suite.ts";

const words = async (...args: string[]) => (await nixoci(args)).stdout.toString();
const digestsOf = (plan: { layers: { diff_ids: string[] }[] }) =>
  plan.layers.map((l) => l.diff_ids);

/** Lists the kinds of the blobs that would move. */
const movesIn = ({ blobs }: { blobs: { kind: string; moves: boolean }[] }) =>
  blobs.flatMap(({ kind, moves }) => moves ? kind : []);

/** Returns the digest of an image's config, which is the same wherever it is. */
async function idOf(...args: string[]): Promise<string> {
  return JSON.parse(await words("inspect", "--raw", ...args)).config.digest;
}

/** Tests of the programs. */
export function testApps(suite: () => Suite): void {
  test("build a stream that runs", async () => {
    const { root } = suite();
    const stream = (await suite().build("changed"))[0]!.slice(root.folder.length);
    const command = ["sh", "-c", `${stream} --quiet > /build/changed.tar`];
    const { status, stderr } = await root.attempt(command);
    expect([status, stderr]).toEqual([0, ""]);
    expect(await words("tags", `docker-archive:${root.folder}/build/changed.tar`))
      .toContain("changed:1");
  });

  test.skipIf(lacks("registry", "skopeo"))(
    "pull by hashes that hold, and build on a lock",
    async () => {
      const { root } = suite();
      const { host } = need(peers.registries.plain, "a registry");
      const [plan] = await suite().build("plain");
      const to = `registry:${host}/nix/base:1`;
      const copied = await nixoci(["copy", "--store", root.folder, `nix:${plan}`, to]);
      expect([copied.status, copied.stderr]).toMatchObject([0, expect.anything()]);
      const lock = join(root.folder, "repo/nixoci.lock.json");
      await run(["rm", lock]);
      await nixoci(["lock", "add", "--all", "-f", lock, `${host}/nix/base:1`]);
      const digest = (await words("digest", to)).trim();
      const archive = join(root.folder, "build/pulled.tar");
      const source = `docker://${host}/nix/base@${digest}`;
      const copy = ["copy", "--src-tls-verify=false", source, `docker-archive:${archive}:base:1`];
      await run(["skopeo", "--insecure-policy", ...copy]);
      const hash =
        (await root.nix("nix-hash", "--type", "sha256", "--flat", "--base32", "/build/pulled.tar"))
          .trim();
      const given = Object.entries({ registry: host, digest, hash: `sha256:${hash}` });
      suite().args = given.flatMap(([name, value]) => ["--argstr", name, value]);
      const [onLocked, onPulled] = await suite().build("onLocked.plan", "onPulled.plan");
      expect(digestsOf(await readPlan(onLocked!))).toEqual(digestsOf(await readPlan(onPulled!)));
      // Whatever else is made of the base needs no network, the lock and the store say all.
      const alone = await suite().buildOffline("alsoOnLocked");
      await suite().buildOffline("ofLocked");
      const written = await suite().run("unshare", "--net", "sh", "-c", `${alone} | tar -t`);
      expect(written).toContain("manifest.json\n");
    },
  );

  test.skipIf(lacks("registry", "skopeo"))("print a base's manifest, and build on it", async () => {
    const { root } = suite();
    const { host } = need(peers.registries.plain, "a registry");
    const place = join(root.folder, "repo/manifest.json");
    // A file that is there; what is in it, the program says.
    await writeFile(place, "{}");
    const [program] = await suite().build("base.getManifest");
    const manifest = await suite().run(`${program}/bin/get-manifest`);
    await writeFile(place, manifest);
    expect(manifest).toBe(await words("inspect", "--raw", `registry:${host}/nix/base:1`));
    const [plan] = await suite().build("onManifest");
    expect((await readPlan(plan!)).layers.length).toBe(JSON.parse(manifest).layers.length);
  });

  test.skipIf(lacks("registry"))("say what would move, and move it", async () => {
    const { host } = need(peers.registries.plain, "a registry");
    suite().args = ["--argstr", "registry", host];
    const [publish, join] = await suite().build("published.publish", "joined");
    const program = `${publish}/bin/publish`;
    const tags = () => nixoci(["tags", `registry:${host}/nix/published`]);
    const would = JSON.parse(await suite().run(program, "--dry-run", "--json"));
    expect(movesIn(would).sort()).toEqual(["config", "layer", "layer"]);
    expect((await tags()).status).not.toBe(0);
    await suite().run(program);
    expect((await tags()).stdout.toString()).toBe("1\n");
    const { layers } = JSON.parse(
      await words("inspect", "--raw", `registry:${host}/nix/published:1`),
    );
    expect(layers.map(({ mediaType }: { mediaType: string }) => mediaType))
      .toEqual(layers.map(() => expect.stringMatching(/gzip$/)));
    expect(movesIn(JSON.parse(await suite().run(program, "--dry-run", "--json")))).toEqual([]);
    await suite().run(`${join}/bin/publish`);
    expect(await words("inspect", "--raw", `registry:${host}/nix/joined:1`)).toContain("manifests");
    expect(await words("tags", `registry:${host}/nix/joined`)).toBe("1\n");
  });

  test.skipIf(lacks("registry", "docker", "podman"))("copy to every place", async () => {
    const { root } = suite();
    const { host } = need(peers.registries.plain, "a registry");
    suite().args = ["--argstr", "registry", host];
    const names = ["copyTo", "copyToRegistry", "copyToDockerDaemon", "copyToPodman"];
    const built = await suite().build(...names.map((name) => `moved.${name}`));
    const [to, registry, docker, podman] = built;
    await suite().run(`${to}/bin/copy-to`, "oci-dir:/build/moved:1");
    const id = await idOf(`oci-dir:${root.folder}/build/moved:1`);
    await suite().run(`${registry}/bin/copy-to-registry`);
    expect(await idOf(`registry:${host}/nix/moved:1`)).toBe(id);
    await suite().run(`${docker}/bin/copy-to-docker-daemon`, "--host", peers.engines.docker!);
    await suite().run(`${podman}/bin/copy-to-podman`, "--host", peers.engines.podman!);
    for (const engine of [peers.engines.docker!, peers.engines.podman!]) {
      expect(await idOf("--host", engine, `daemon:${host}/nix/moved:1`)).toBe(id);
    }
  });
}
