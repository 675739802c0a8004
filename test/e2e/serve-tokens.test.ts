/** Other people's clients of a registry that takes tokens: who may push, and who may only pull. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hash } from "bcryptjs";
import { describe, expect, onTestFinished, test } from "vitest";
import { startServe } from "../cli/verbs/serve/start.ts";
import { temporaryFolder } from "../support/folder.ts";
import { attempt, run } from "./support/command.ts";
import { startContainerd } from "./support/containerd.ts";
import { lacks, need, peers } from "./support/peers.ts";

const HELLO = new URL("../../examples/hello", import.meta.url).pathname;

/** A registry where `ci` may push and `me` may pull. */
async function servedWithTokens() {
  const folder = await temporaryFolder();
  const users = join(folder, "users");
  await writeFile(users, `ci:${await hash("ci's", 4)}\nme:${await hash("me's", 4)}\n`);
  const words = ["--write", "--layouts", join(folder, "layouts"), "--htpasswd", users];
  const server = await startServe([...words, "--writer", "ci", "--tokens", "--log", "json"], {
    ...process.env,
    ...peers.env,
  });
  /** The paths that were asked for, of those that were answered with 200. */
  const asked = (): string[] =>
    server.log().split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
      .filter(({ status }) => status === 200).map(({ path }) => path);
  return { folder, host: server.host, asked };
}

describe("tokens of nixoci serve, asked for by", () => {
  test.skipIf(lacks("skopeo"))("skopeo", async () => {
    const { folder, host, asked } = await servedWithTokens();
    const push = (creds: string) =>
      attempt([
        "skopeo",
        "copy",
        "--all",
        "--dest-tls-verify=false",
        `--dest-creds=${creds}`,
        `oci:${HELLO}`,
        `docker://${host}/a/b:1`,
      ], { env: peers.env }); // deno-fmt-ignore
    expect((await push("me:me's")).status).not.toBe(0);
    expect((await push("ci:wrong")).status).not.toBe(0);
    expect(await push("ci:ci's")).toMatchObject({ status: 0 });
    await run([
      "skopeo",
      "copy",
      "--src-tls-verify=false",
      "--src-creds=me:me's",
      `docker://${host}/a/b:1`,
      `oci:${folder}/out`,
    ], peers); // deno-fmt-ignore
    expect(asked()).toContain("/token");
    const remove = (creds: string) =>
      attempt([
        "skopeo",
        "delete",
        "--tls-verify=false",
        `--creds=${creds}`,
        `docker://${host}/a/b:1`,
      ], { env: peers.env }); // deno-fmt-ignore
    expect((await remove("me:me's")).status).not.toBe(0);
    expect(await remove("ci:ci's")).toMatchObject({ status: 0 });
  });

  test.skipIf(lacks("crane"))("crane", async () => {
    const { folder, host, asked } = await servedWithTokens();
    const env = { ...peers.env, DOCKER_CONFIG: folder };
    const crane = (...words: string[]) => run(["crane", "--insecure", ...words], { ...peers, env });
    await crane("auth", "login", host, "-u", "ci", "-p", "ci's");
    await crane("push", "--index", HELLO, `${host}/a/b:1`);
    await crane("copy", `${host}/a/b:1`, `${host}/c:2`);
    expect(await crane("catalog", host)).toBe("a/b\nc\n");
    await crane("delete", `${host}/c:2`);
    expect(asked()).toContain("/token");
  });

  test.skipIf(lacks("regctl"))("regctl", async () => {
    const { host, asked } = await servedWithTokens();
    const regctl = (...words: string[]) =>
      run(["regctl", "--host", `reg=${host},tls=disabled,user=ci,pass=ci's`, ...words], peers);
    await regctl("image", "copy", `ocidir://${HELLO}`, `${host}/a/b:1`);
    await regctl("image", "copy", `${host}/a/b:1`, `${host}/c:2`);
    await regctl("tag", "delete", `${host}/a/b:1`);
    expect(asked()).toContain("/token");
  });

  test.skipIf(lacks("oras"))("oras", async () => {
    const { folder, host, asked } = await servedWithTokens();
    await writeFile(join(folder, "note.txt"), "a note");
    const oras = (...words: string[]) => run(["oras", ...words], { ...peers, cwd: folder });
    const as = ["--plain-http", "-u", "ci", "-p", "ci's"];
    await oras("push", ...as, `${host}/a/b:1`, "note.txt:text/plain");
    await oras("attach", ...as, "--artifact-type", "a/b", `${host}/a/b:1`, "note.txt");
    expect(await oras("discover", ...as, "--format", "json", `${host}/a/b:1`)).toContain("a/b");
    expect(asked()).toContain("/token");
  });

  test.skipIf(lacks("docker"))("docker", async () => {
    const { folder, host, asked } = await servedWithTokens();
    const env = { ...peers.env, DOCKER_CONFIG: folder };
    const engine = need(peers.engines.docker, "docker");
    const docker = (...words: string[]) =>
      run(["docker", "-H", engine, ...words], { ...peers, env });
    const push = ["skopeo", "copy", "--dest-tls-verify=false", "--dest-creds=ci:ci's"];
    await run([...push, `oci:${HELLO}`, `docker://${host}/a/b:1`], peers);
    await docker("login", "-u", "ci", "-p", "ci's", host);
    await docker("pull", "-q", `${host}/a/b:1`);
    await docker("tag", `${host}/a/b:1`, `${host}/c:2`);
    await docker("push", "-q", `${host}/c:2`);
    await docker("rmi", `${host}/a/b:1`, `${host}/c:2`);
    expect(asked()).toContain("/token");
  });

  test.skipIf(lacks("containerd", "skopeo", "root"))("containerd", async () => {
    const { folder, host, asked } = await servedWithTokens();
    const push = ["skopeo", "copy", "--dest-tls-verify=false", "--dest-creds=ci:ci's"];
    await run([...push, `oci:${HELLO}`, `docker://${host}/a/b:1`], peers);
    const server = await startContainerd(join(folder, "containerd"));
    onTestFinished(() => server.stop());
    await server.ctr(
      "images",
      "pull",
      "--plain-http",
      "--user",
      "me:me's",
      "--snapshotter",
      "native",
      `${host}/a/b:1`,
    ); // deno-fmt-ignore
    expect(asked()).toContain("/token");
  });
});
