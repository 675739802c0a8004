/** Other people's clients of `nixoci serve --write`: what each pushes is in a layout, and what it pulls is that. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startServe } from "../cli/verbs/serve/start.ts";
import { temporaryFolder } from "../support/folder.ts";
import { nixociCommand, run } from "./support/command.ts";
import { startContainerd } from "./support/containerd.ts";
import { lacks, need, peers } from "./support/peers.ts";

const HELLO = new URL("../../examples/hello", import.meta.url).pathname;

/** A registry of layouts in an empty folder, and ways to look at what is in them. */
async function servedFolder() {
  const folder = await temporaryFolder();
  const layouts = join(folder, "layouts");
  const { host, log } = await startServe(["--write", "--layouts", layouts], {
    ...process.env,
    ...peers.env,
  });
  const digestOf = async (place: string): Promise<string> =>
    (await run(nixociCommand("digest", place), peers)).trim();
  return {
    folder,
    host,
    log,
    digestOf,
    digestIn: (name: string) => digestOf(`oci-dir:${layouts}/${name}`),
    hello: () => digestOf(`oci-dir:${HELLO}`),
  };
}

describe("nixoci serve, asked by", () => {
  test.skipIf(lacks("skopeo"))("skopeo", async () => {
    const { folder, host, digestIn, digestOf, hello } = await servedFolder();
    const skopeo = (...words: string[]) =>
      run(["skopeo", "copy", "--all", "--preserve-digests", ...words], peers);
    await skopeo("--dest-tls-verify=false", `oci:${HELLO}`, `docker://${host}/a/b:1`);
    expect(await digestIn("a/b:1")).toBe(await hello());
    await skopeo("--src-tls-verify=false", `docker://${host}/a/b:1`, `oci:${folder}/out`);
    expect(await digestOf(`oci-dir:${folder}/out`)).toBe(await hello());
  });

  test.skipIf(lacks("crane"))("crane", async () => {
    const { folder, host, digestIn } = await servedFolder();
    const crane = (...words: string[]) => run(["crane", "--insecure", ...words], peers);
    // What it pushes is the layout's index.json itself.
    await crane("push", "--index", HELLO, `${host}/a/b:1`);
    expect(await digestIn("a/b:1")).toBe((await crane("digest", `${host}/a/b:1`)).trim());
    await crane("copy", `${host}/a/b:1`, `${host}/c:2`);
    expect(await crane("catalog", host)).toBe("a/b\nc\n");
    expect(await crane("ls", `${host}/c`)).toBe("2\n");
    await crane("validate", "--fast", "--remote", `${host}/c:2`);
    await crane("pull", "--format", "oci", `${host}/c:2`, join(folder, "out"));
    await crane("delete", `${host}/c:2`);
    expect(await crane("ls", `${host}/c`)).toBe("");
  });

  test.skipIf(lacks("regctl"))("regctl", async () => {
    const { host, digestIn, hello } = await servedFolder();
    const regctl = (...words: string[]) =>
      run(["regctl", "--host", `reg=${host},tls=disabled`, ...words], peers);
    await regctl("image", "copy", `ocidir://${HELLO}`, `${host}/a/b:1`);
    expect(await digestIn("a/b:1")).toBe(await hello());
    expect(await regctl("tag", "ls", `${host}/a/b`)).toBe("1\n");
    await regctl("image", "copy", `${host}/a/b:1`, `${host}/c:2`);
    await regctl("tag", "delete", `${host}/a/b:1`);
    expect(await regctl("tag", "ls", `${host}/a/b`)).toBe("");
    expect(await digestIn("c:2")).toBe(await hello());
  });

  test.skipIf(lacks("oras"))("oras", async () => {
    const { folder, host } = await servedFolder();
    const oras = (...words: string[]) => run(["oras", ...words], { ...peers, cwd: folder });
    await writeFile(join(folder, "note.txt"), "a note");
    await oras("push", "--plain-http", `${host}/a/b:1`, "note.txt:text/plain");
    await oras("attach", "--plain-http", "--artifact-type", "a/b", `${host}/a/b:1`, "note.txt");
    const found = await oras("discover", "--plain-http", "--format", "json", `${host}/a/b:1`);
    expect(found).toContain('"artifactType": "a/b"');
    await mkdir(join(folder, "out"));
    await oras("pull", "--plain-http", "-o", "out", `${host}/a/b:1`);
    expect(await run(["cat", join(folder, "out/note.txt")])).toBe("a note");
  });

  test.skipIf(lacks("docker"))("docker", async () => {
    const { host, digestIn } = await servedFolder();
    const docker = (...words: string[]) =>
      run(["docker", "-H", need(peers.engines.docker, "docker"), ...words], peers);
    await run(nixociCommand("copy", "-q", `oci-dir:${HELLO}`, `registry:${host}/a/b:1`), peers);
    await docker("pull", "-q", `${host}/a/b:1`);
    await docker("tag", `${host}/a/b:1`, `${host}/c:2`);
    const pushed = await docker("push", `${host}/c:2`);
    expect(pushed).toContain(await digestIn("c:2"));
    await docker("rmi", `${host}/a/b:1`, `${host}/c:2`);
  });

  test.skipIf(lacks("podman"))("podman", async () => {
    const { host, digestIn, digestOf } = await servedFolder();
    const socket = need(peers.engines.podman, "podman");
    const podman = (...words: string[]) =>
      run(["podman", "--remote", "--url", socket, ...words], peers);
    await run(nixociCommand("copy", "-q", `oci-dir:${HELLO}`, `registry:${host}/a/b:1`), peers);
    await podman("pull", "-q", "--tls-verify=false", `${host}/a/b:1`);
    await podman("push", "--tls-verify=false", `${host}/a/b:1`, `${host}/c:2`);
    expect(await digestIn("c:2")).toBe(await digestOf(`registry:${host}/c:2`));
    await podman("rmi", `${host}/a/b:1`);
  });

  test.skipIf(lacks("containerd", "root"))("containerd", async () => {
    const { folder, host, digestIn, hello } = await servedFolder();
    const server = await startContainerd(join(folder, "containerd"));
    try {
      const ctr = (...words: string[]) => server.ctr("images", ...words);
      const copied = nixociCommand(
        "copy",
        "-q",
        "--all",
        `oci-dir:${HELLO}`,
        `registry:${host}/a/b:1`,
      );
      await run(copied, peers);
      await ctr(
        "pull",
        "--plain-http",
        "--all-platforms",
        "--snapshotter",
        "native",
        `${host}/a/b:1`,
      );
      await ctr("push", "--plain-http", `${host}/c:2`, `${host}/a/b:1`);
      expect(await digestIn("c:2")).toBe(await hello());
    } finally {
      await server.stop();
    }
  });
});
