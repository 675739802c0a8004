/** Many images in sync: beside regsync and skopeo, with their files, and killed at random. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { verifyImages } from "../../src/verify/verify.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { listTags } from "../../transports/registry/mod.ts";
import { image, sourceOf } from "../support/images.ts";
import { nixociCommand, run } from "./support/command.ts";
import { lacks, need, peers } from "./support/peers.ts";

let folder: string;
let host: string;
const random = (kib: number) => randomBytes(kib * 1024).toString("base64");

beforeAll(async () => {
  folder = join(peers.env["TMPDIR"]!, "sync");
  await mkdir(folder, { recursive: true });
});

/** Pushes images that share a layer, under tags. */
async function fill(repository: string, tags: readonly string[], kib = 1): Promise<void> {
  const shared = { "shared.txt": random(kib) };
  for (const tag of tags) {
    await using to = await openSink(`registry:${host}/${repository}:${tag}`);
    await copy(sourceOf({ one: await image({ layers: [shared, { [tag]: random(kib) }] }) }), to);
  }
}

/** The digests of all tags of a repository. */
async function digestsIn(repository: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const tag of (await listTags(`${host}/${repository}`)).sort()) {
    await using source = await openSource(`registry:${host}/${repository}:${tag}`);
    digests[tag] = (await source.resolve()).manifest.descriptor.digest;
  }
  return digests;
}

const TAGS = ["1.0", "1.1", "1.10", "2.0-rc1", "2.0", "2.1", "latest", "edge-1", "v3"];

describe.skipIf(lacks("registry", "regsync"))("a file of regsync's", () => {
  test("has the same images copied as by regsync, and nothing the second time", async () => {
    host = need(peers.registries.plain, "the registry").host;
    await fill("sync/from", TAGS);
    const files = ["theirs", "ours"].map((name) => [name, join(folder, `${name}.yml`)] as const);
    for (const [name, file] of files) {
      const entry = (target: string, more: object) => ({
        source: `${host}/sync/from`,
        target: `${host}/sync/${name}/${target}`,
        type: "repository",
        ...more,
      });
      await writeFile(
        file,
        JSON.stringify({
          version: 1,
          creds: [{ registry: host, tls: "disabled" }],
          sync: [
            entry("allow", { tags: { allow: ["1\\..*", "edge|v3"], deny: [".*0"] } }),
            entry("semver", { tags: { semverRange: ["^1.1", ">2.0-rc1 <3"] } }),
            entry("sets", {
              tagSets: [{ semverRange: ["~1.0"], deny: ["1.0"] }, { allow: ["lat.*"] }],
            }),
            {
              source: `${host}/sync/from:v3`,
              target: `${host}/sync/${name}/one:x`,
              type: "image",
            },
          ],
        }),
      );
    }
    await run(["regsync", "-c", files[0]![1], "once"], peers);
    const sync = [...nixociCommand("sync", files[1]![1], "--json")];
    const first = JSON.parse(await run(sync, peers));
    expect(first.totals.failed).toBe(0);
    for (const target of ["allow", "semver", "sets", "one"]) {
      expect(await digestsIn(`sync/ours/${target}`), target)
        .toEqual(await digestsIn(`sync/theirs/${target}`));
    }
    expect(JSON.parse(await run(sync, peers)).totals).toMatchObject({ copied: 0, failed: 0 });
  }, 120_000);
});

describe.skipIf(lacks("registry", "skopeo"))("a file of skopeo's", () => {
  test("has the same tags copied as by skopeo sync", async () => {
    host = need(peers.registries.plain, "the registry").host;
    await fill("sync/skopeo", TAGS);
    const file = join(folder, "skopeo.yml");
    await writeFile(
      file,
      JSON.stringify({
        [host]: {
          "tls-verify": false,
          images: { "sync/skopeo": ["2.0", "latest"] },
          "images-by-tag-regex": { "sync/skopeo": "1\\.1" },
        },
      }),
    );
    const to = `${host}/sync/by-skopeo`;
    await run(
      ["skopeo", "sync", "--src=yaml", "--dest=docker", "--dest-tls-verify=false", file, to],
      peers,
    );
    await run(nixociCommand("sync", file, `registry:${host}/sync/by-us`), peers);
    expect(await digestsIn("sync/by-us/skopeo")).toEqual(await digestsIn("sync/by-skopeo/skopeo"));
    await run(nixociCommand("sync", file, `registry:${host}/sync/scoped`, "--scoped"), peers);
    const scoped = `sync/scoped/${host.replace(":", "-")}/sync/skopeo`;
    expect((await listTags(`${host}/${scoped}`)).sort()).toEqual(["1.1", "1.10", "2.0", "latest"]);
  }, 120_000);
});

describe.skipIf(lacks("registry"))("a sync that is killed", () => {
  test("is run again, and everything is whole", async () => {
    host = need(peers.registries.plain, "the registry").host;
    const tags = Array.from({ length: 8 }, (_, at) => `t${at}`);
    await fill("sync/many", tags, 200);
    for (const to of [`registry:${host}/sync/killed`, `oci-dir:${join(folder, "killed")}:{tag}`]) {
      const words = nixociCommand("sync", `registry:${host}/sync/many`, to, "--json");
      for (let time = 0; time < 3; time++) {
        const child = spawn(words[0]!, words.slice(1), { env: peers.env, stdio: "ignore" });
        const ended = once(child, "exit");
        await Promise.race([ended, delay(200 + Math.random() * 600)]);
        child.kill("SIGKILL");
        await ended;
      }
      const { totals } = JSON.parse(await run(words, peers));
      expect(totals.failed).toBe(0);
      expect(totals.copied + totals.unchanged).toBe(tags.length);
      await using whole = await openSource(to.replace(":{tag}", ""));
      if (to.startsWith("oci-dir")) expect((await verifyImages(whole)).problems).toEqual([]);
      else expect(await digestsIn("sync/killed")).toEqual(await digestsIn("sync/many"));
    }
  }, 240_000);
});
