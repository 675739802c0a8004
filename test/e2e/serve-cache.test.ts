/** Engines that are told of a mirror: `nixoci serve --cache` stands before a registry. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startServe } from "../cli/verbs/serve/start.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startRegistry } from "../support/registry-server.ts";
import { nixociCommand, run } from "./support/command.ts";
import { startContainerd } from "./support/containerd.ts";
import { startDocker } from "./support/engines.ts";
import { lacks, peers } from "./support/peers.ts";

const HELLO = new URL("../../examples/hello", import.meta.url).pathname;

/** A registry that has the example as `a/b:1`, and a cache before it. */
async function servedMirror() {
  const folder = await temporaryFolder();
  const upstream = await startRegistry();
  const name = `${upstream.host}/a/b:1`;
  await run(nixociCommand("copy", "-q", "--all", `oci-dir:${HELLO}`, `registry:${name}`), peers);
  upstream.log.length = 0;
  const words = ["--cache", join(folder, "cache"), `registry:${upstream.host}/`];
  const cache = await startServe(words, { ...process.env, ...peers.env });
  return { folder, upstream, name, cache };
}

describe("a mirror, asked by", () => {
  test.skipIf(lacks("containerd", "root"))("containerd, as hosts.toml says", async () => {
    const { folder, upstream, name, cache } = await servedMirror();
    const hosts = join(folder, "certs.d", upstream.host);
    await mkdir(hosts, { recursive: true });
    await writeFile(
      join(hosts, "hosts.toml"),
      `server = "${upstream.url}"\n\n[host."${cache.url}"]\n  capabilities = ["pull", "resolve"]\n`,
    );
    const server = await startContainerd(join(folder, "containerd"));
    onTestFinished(() => server.stop());
    const pull = async () => {
      const how = ["--hosts-dir", join(folder, "certs.d"), "--all-platforms"];
      await server.ctr("images", "pull", ...how, "--snapshotter", "native", name);
      await server.ctr("images", "rm", "--sync", name);
    };
    await pull();
    // Nobody but the cache has asked: containerd's own requests say so.
    const askers = new Set(upstream.log.map(({ headers }) => headers["user-agent"]));
    expect([...askers]).toEqual([expect.stringMatching(/^nixoci\//)]);
    await upstream[Symbol.asyncDispose]();
    await pull();
  });

  test.skipIf(lacks("docker", "root"))("docker, as registry-mirrors says", async () => {
    const { folder, upstream } = await servedMirror();
    // Nobody here is Docker Hub: for the cache, another registry is.
    const conf = join(folder, "registries.conf");
    await writeFile(
      conf,
      `[[registry]]\nprefix = "docker.io"\nlocation = "${upstream.host}"\ninsecure = true\n`,
    );
    const words = [
      "--cache",
      join(folder, "hub"),
      "--registries-conf",
      conf,
      "registry:docker.io/",
    ];
    const cache = await startServe(words, { ...process.env, ...peers.env });
    const root = join(folder, "docker");
    await mkdir(root);
    const engine = await startDocker(root, peers.env, `--registry-mirror=${cache.url}`);
    onTestFinished(() => engine.stop());
    const docker = (...args: string[]) => run(["docker", "-H", engine.host, ...args], peers);
    await docker("pull", "-q", "a/b:1");
    expect(await docker("images", "--format", "{{.Repository}}:{{.Tag}}")).toBe("a/b:1\n");
    const askers = new Set(upstream.log.map(({ headers }) => headers["user-agent"]));
    expect([...askers]).toEqual([expect.stringMatching(/^nixoci\//)]);
  });

  test.skipIf(lacks("skopeo"))("skopeo, as registries.conf says", async () => {
    const { folder, upstream, name, cache } = await servedMirror();
    const conf = join(folder, "registries.conf");
    await writeFile(
      conf,
      `[[registry]]\nlocation = "${upstream.host}"\ninsecure = true\n` +
        `[[registry.mirror]]\nlocation = "${cache.host}"\ninsecure = true\n`,
    );
    const pull = (to: string) =>
      run(["skopeo", "--registries-conf", conf, "copy", "--all", `docker://${name}`, to], peers);
    await pull(`oci:${folder}/first`);
    const askers = new Set(upstream.log.map(({ headers }) => headers["user-agent"]));
    expect([...askers]).toEqual([expect.stringMatching(/^nixoci\//)]);
    await upstream[Symbol.asyncDispose]();
    await pull(`oci:${folder}/second`);
  });
});
