/** BuildKit as a client of `nixoci serve --write`: it builds on what it pulls, and pushes images and its cache. */
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startServe } from "../cli/verbs/serve/start.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startBuildKit } from "./support/buildkit.ts";
import { nixociCommand, run } from "./support/command.ts";
import { startDocker } from "./support/engines.ts";
import { lacks, peers } from "./support/peers.ts";

/** A registry with an image that has a shell, and a Dockerfile that builds on it. */
async function servedBase() {
  const folder = await temporaryFolder();
  const [root, context, layouts] = ["root", "context", "layouts"].map((name) =>
    join(folder, name)
  ) as [string, string, string];
  await mkdir(join(root, "bin"), { recursive: true });
  await mkdir(context);
  const busybox = (await run(["sh", "-c", "command -v busybox"], peers)).trim();
  await copyFile(busybox, join(root, "bin/busybox"));
  for (const name of ["sh", "cat"]) await symlink("busybox", join(root, "bin", name));
  const built = `oci-dir:${layouts}/app:1`;
  await run(nixociCommand("build", "-q", "--copy-to-root", root, built), peers);
  const words = ["--write", "--layouts", layouts];
  const server = await startServe(words, { ...process.env, ...peers.env });
  await writeFile(join(context, "hello"), "hello");
  await writeFile(
    join(context, "Dockerfile"),
    `FROM ${server.host}/app:1\nCOPY hello /hello\nRUN cat /hello /hello > /twice\n`,
  );
  return { folder, context, layouts, server };
}

const readTwice = (place: string) => run(nixociCommand("cat", place, "/twice"), peers);
const verify = (place: string) => run(nixociCommand("verify", "-q", place), peers);

const LACKS = lacks("buildkit", "runc", "busybox", "root");

test.skipIf(LACKS)("BuildKit builds on our image, pushes what it made, and its cache", async () => {
  const { folder, context, layouts, server } = await servedBase();
  const { host } = server;
  const { buildctl, stop } = await startBuildKit(join(folder, "buildkit"));
  onTestFinished(stop);
  const build = (...words: string[]) =>
    buildctl(
      ...["build", "--progress", "plain", "--frontend", "dockerfile.v0"],
      ...["--local", `context=${context}`, "--local", `dockerfile=${context}`, ...words],
    );
  const cache = `type=registry,ref=${host}/cache:1`;
  await build(
    ...["--output", `type=image,name=${host}/team/made:1,push=true`],
    ...["--export-cache", `${cache},mode=max`],
  );
  const made = `oci-dir:${layouts}/team/made`;
  expect(await readTwice(`${made}:1`)).toBe("hellohello");
  // What is in its cache it fetches from us, and makes nothing again.
  await buildctl("prune", "--all");
  const name = `"name=${host}/team/made:2,${host}/other:2"`;
  await build(
    ...["--import-cache", cache, "--opt", "attest:provenance=mode=min"],
    ...["--output", `type=image,${name},push=true,compression=zstd,force-compression=true`],
  );
  const pulled = /GET \/v2\/cache\/blobs\/sha256:\w+ .*\n/g;
  expect(server.log().match(pulled)?.length).toBeGreaterThan(1);
  expect(await readTwice(`${made}:2`)).toBe("hellohello");
  expect(JSON.parse(await run(nixociCommand("inspect", "--raw", `${made}:2`), peers)))
    .toMatchObject({
      manifests: [{}, { platform: { os: "unknown" } }],
    });
  for (const place of [made, `oci-dir:${layouts}/other`]) await verify(place);
}, 300_000);

test.skipIf(lacks("docker", "busybox", "root"))("docker build does, too", async () => {
  const { folder, context, layouts, server } = await servedBase();
  const engine = await startDocker(join(folder, "docker"), peers.env);
  onTestFinished(() => engine.stop());
  const env = { ...peers.env, DOCKER_HOST: engine.host, DOCKER_BUILDKIT: "0" };
  const name = `${server.host}/team/made:1`;
  await run(["docker", "build", "-q", "--network", "host", "-t", name, context], { env });
  await run(["docker", "push", "-q", name], { env });
  expect(await readTwice(`oci-dir:${layouts}/team/made:1`)).toBe("hellohello");
  await verify(`oci-dir:${layouts}/team/made`);
}, 300_000);
