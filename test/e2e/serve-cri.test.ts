/** `nixoci serve` in front of Kubernetes: containerd asked as a kubelet asks it, told by the files of docs/serve.md. */
import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startServe } from "../cli/verbs/serve/start.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startRegistry } from "../support/registry-server.ts";
import { attempt, nixociCommand, run } from "./support/command.ts";
import { startContainerd } from "./support/containerd.ts";
import { lacks, peers } from "./support/peers.ts";

const HELLO = new URL("../../examples/hello", import.meta.url).pathname;

/** The block of the page that has this in it. */
async function readBlock(language: string, part: string): Promise<string> {
  const page = String(await readFile(new URL("../../docs/serve.md", import.meta.url)));
  const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  const found = blocks.find(([, of, text]) => of === language && text!.includes(part));
  if (found === undefined) throw new Error(`docs/serve.md has no ${language} with ${part}`);
  return found[2]!;
}

/** Writes the page's `hosts.toml` of a registry, with the server's address for the one in it. */
async function writeHosts(folder: string, registry: string, file: string, url: string) {
  await mkdir(join(folder, registry), { recursive: true });
  const address = /\[host\."(.*)"\]/.exec(file)![1]!;
  await writeFile(join(folder, registry, "hosts.toml"), file.replace(address, url));
}

const serve = (...words: string[]) => startServe(words, { ...process.env, ...peers.env });

const LACKS = lacks("containerd", "crictl", "runc", "busybox", "root");

describe("containerd, asked as a kubelet does,", () => {
  test.skipIf(LACKS)("runs a pod of a SPEC that nobody has pushed", async () => {
    const folder = await temporaryFolder();
    const root = join(folder, "root");
    await mkdir(join(root, "bin"), { recursive: true });
    const busybox = (await run(["sh", "-c", "command -v busybox"], peers)).trim();
    await copyFile(busybox, join(root, "bin/busybox"));
    for (const name of ["sh", "echo", "sleep"]) await symlink("busybox", join(root, "bin", name));
    const spec = join(folder, "spec.json");
    const Cmd = ["/bin/sh", "-c", "echo it runs; sleep 1000"];
    await writeFile(spec, JSON.stringify({ copyToRoot: [root], config: { Cmd } }));
    const { url } = await serve(`app=${spec}`, `pause=${spec}`);
    const hosts = join(folder, "certs.d");
    await writeHosts(hosts, "localhost:5000", await readBlock("toml", "localhost:5000"), url);
    const pause = "localhost:5000/pause:latest";
    const server = await startContainerd(join(folder, "containerd"), { hosts, pause });
    onTestFinished(() => server.stop());
    const [pod, container, logs] = ["pod", "container", "logs"].map((name) =>
      join(folder, name)
    ) as [string, string, string];
    const linux = { security_context: { namespace_options: { network: 2 } } }; // the machine's own
    const metadata = { name: "pod", namespace: "default", uid: "1" };
    await writeFile(pod, JSON.stringify({ metadata, log_directory: logs, linux }));
    const image = { image: "localhost:5000/app" };
    await writeFile(
      container,
      JSON.stringify({ metadata: { name: "app" }, image, log_path: "app", linux }),
    );
    await server.crictl("run", "--with-pull", container, pod);
    await expect.poll(() => readFile(join(logs, "app"), "utf8").catch(() => ""))
      .toContain("stdout F it runs");
  }, 180_000);

  test.skipIf(LACKS)("pulls what is Docker Hub's through a cache", async () => {
    const folder = await temporaryFolder();
    const upstream = await startRegistry();
    const place = `registry:${upstream.host}/a/b:1`;
    await run(nixociCommand("copy", "-q", "--all", `oci-dir:${HELLO}`, place), peers);
    upstream.log.length = 0;
    // Nobody here is Docker Hub: for the cache, another registry is.
    const conf = join(folder, "registries.conf");
    await writeFile(
      conf,
      `[[registry]]\nprefix = "docker.io"\nlocation = "${upstream.host}"\ninsecure = true\n`,
    );
    const words = ["--cache", join(folder, "cache"), "--registries-conf", conf];
    const cache = await serve(...words, "registry:docker.io/");
    const hosts = join(folder, "certs.d");
    await writeHosts(
      hosts,
      "docker.io",
      await readBlock("toml", "registry-1.docker.io"),
      cache.url,
    );
    const pause = "docker.io/a/b:1";
    const server = await startContainerd(join(folder, "containerd"), { hosts, pause });
    onTestFinished(() => server.stop());
    await server.crictl("pull", "a/b:1");
    expect(await server.crictl("images")).toMatch(/^docker\.io\/a\/b +1 /m);
    const askers = new Set(upstream.log.map(({ headers }) => headers["user-agent"]));
    expect([...askers]).toEqual([expect.stringMatching(/^nixoci\//)]);
  }, 180_000);
});

test.skipIf(lacks("kind"))("kind reads the file of the page", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "kind.yaml");
  const text = await readBlock("yaml", "kind: Cluster");
  // It reads its file before it looks for an engine, of which there is none here.
  const env = {
    ...peers.env,
    DOCKER_HOST: `unix://${folder}/none`,
    KIND_EXPERIMENTAL_PROVIDER: "docker",
  };
  const create = async (yaml: string): Promise<string> => {
    await writeFile(file, yaml);
    return (await attempt(["kind", "create", "cluster", "--config", file], { env })).stderr;
  };
  expect(await create(text.replace("extraMounts", "extraMount"))).toContain("unable to decode");
  expect(await create(text)).toMatch(/failed to get docker info|executable file not found/);
});
