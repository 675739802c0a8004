/** Real clients of a registry of ours: what they push and pull is what they had. */
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  createBasicAuth,
  createMemoryStorage,
  createSinkStorage,
  type RegistryStorage,
  type RunningRegistry,
  serveRegistry,
} from "../../src/serve/mod.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { attempt, run } from "./support/command.ts";
import { lacks, peers } from "./support/peers.ts";

const HELLO = `oci:${new URL("../../examples/hello", import.meta.url).pathname}`;

async function serving(storage: RegistryStorage): Promise<RunningRegistry> {
  const around = createBasicAuth({ me: "secret" });
  const registry = await serveRegistry(storage, { around });
  onTestFinished(() => registry.stop({ grace: 0 }));
  return registry;
}

function skopeo(verb: string, ...args: string[]): Promise<string> {
  return run(["skopeo", verb, ...verb === "copy" ? ["--all", "--preserve-digests"] : [], ...args], {
    env: peers.env,
  });
}

/** The digest of what stands there, as skopeo sees it. */
async function digestAt(place: string, ...flags: string[]): Promise<string> {
  return (await skopeo("inspect", ...flags, "--format", "{{.Digest}}", place)).trim();
}

const PLAIN = ["--tls-verify=false", "--creds=me:secret"];
const TO = ["--dest-tls-verify=false", "--dest-creds=me:secret"];
const FROM = ["--src-tls-verify=false", "--src-creds=me:secret"];

describe("serveRegistry", () => {
  test.skipIf(lacks("skopeo"))("over memory: skopeo pushes, lists, pulls and deletes", async () => {
    const { host } = await serving(createMemoryStorage());
    const image = `docker://${host}/team/hello:v1`;
    await skopeo("copy", ...TO, HELLO, image);
    await skopeo("copy", ...FROM, ...TO, image, `docker://${host}/other:v2`);
    const tags = JSON.parse(await skopeo("list-tags", ...PLAIN, `docker://${host}/other`));
    expect(tags.Tags).toEqual(["v2"]);
    const folder = join(await temporaryFolder(), "pulled");
    await skopeo("copy", ...FROM, `docker://${host}/other:v2`, `oci:${folder}`);
    expect(await digestAt(`oci:${folder}`)).toBe(await digestAt(HELLO));
    await skopeo("delete", ...PLAIN, image);
    const gone = await attempt(["skopeo", "inspect", ...PLAIN, image], { env: peers.env });
    expect(gone.status).not.toBe(0);
    expect(gone.stderr).toContain("manifest unknown");
  });

  test.skipIf(lacks("skopeo"))("over layouts: what skopeo pushes is in one at once", async () => {
    const folder = await temporaryFolder();
    const storage = createSinkStorage({
      sink: (name) => openSink(`oci-dir:${join(folder, name)}`),
      source: (name) => openSource(`oci-dir:${join(folder, name)}`),
    });
    onTestFinished(async () => await storage[Symbol.asyncDispose]());
    const { host } = await serving(storage);
    await skopeo("copy", ...TO, HELLO, `docker://${host}/hello:v1`);
    const digest = await digestAt(HELLO);
    expect(await digestAt(`oci:${join(folder, "hello")}:v1`)).toBe(digest);
    expect(await digestAt(`docker://${host}/hello:v1`, ...PLAIN)).toBe(digest);
  });

  test.skipIf(lacks("skopeo"))("lets nobody in without the password", async () => {
    const { host } = await serving(createMemoryStorage());
    const { status, stderr } = await attempt(
      [
        "skopeo",
        "copy",
        "--dest-tls-verify=false",
        "--dest-creds=me:wrong",
        HELLO,
        `docker://${host}/x:y`,
      ],
      { env: peers.env },
    );
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/authentication required|invalid username\/password/);
  });
});
