/** Many images, brought to where rules want them: between registries in this process, and layouts. */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createArtifact } from "../../../src/artifact/create.ts";
import { NixociError } from "../../../src/base/errors.ts";
import { copy } from "../../../src/copy/copy.ts";
import { putArtifact } from "../../../src/copy/put-artifact.ts";
import type { Root } from "../../../src/image/root.ts";
import { readSyncConfig } from "../../../src/sync/config/read.ts";
import type { SyncMeans } from "../../../src/sync/means.ts";
import { syncImages, type SyncOptions } from "../../../src/sync/run/mod.ts";
import { verifyImages } from "../../../src/verify/verify.ts";
import { openSink, openSource, parsePlace } from "../../../transports/mod.ts";
import { listRepositories, listTags } from "../../../transports/registry/mod.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { image, index, sourceOf } from "../../support/images.ts";
import { type RegistryServer, startRegistry } from "../../support/registry-server.ts";

const means: SyncMeans = { parsePlace, openSource, openSink, listTags, listRepositories };

async function push(to: string, root: Root): Promise<void> {
  await using sink = await openSink(to);
  await copy(sourceOf({ root }), sink);
}

async function run(rules: readonly object[], options: SyncOptions = {}, more: object = {}) {
  const config = await readSyncConfig(JSON.stringify({ sync: rules, ...more }));
  return await syncImages(config, means, options);
}

/** Means that reach no host of this name. */
const withoutHost = (dead: string): SyncMeans => ({
  ...means,
  openSource: (place, options) => {
    if (place.image?.host !== dead) return openSource(place, options);
    return Promise.reject(new NixociError("NETWORK", "it is not there"));
  },
});

const statuses = ({ images }: Awaited<ReturnType<typeof run>>) =>
  Object.fromEntries(images.map(({ destination, status }) => [destination, status]));
const count = ({ log }: RegistryServer, method: string, part: string) =>
  log.filter((entry) => entry.method === method && entry.path.includes(part)).length;
const digestOfTag = async (place: string) => {
  await using source = await openSource(place);
  return (await source.resolve()).manifest.descriptor.digest;
};

const random = (kib: number) => randomBytes(kib * 1024).toString("base64");

describe("sync", () => {
  it("copies what is missing, and asks with HEAD alone for what is there", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    const amd64 = await image();
    const arm64 = await image({ platform: { os: "linux", architecture: "arm64" } });
    const both = index([amd64, arm64], [{ os: "linux", architecture: "amd64" }, {
      os: "linux",
      architecture: "arm64",
    }]);
    await push(`registry:${from.host}/app:1.0`, both);
    await push(`registry:${from.host}/app:2.0`, amd64);
    await push(`registry:${from.host}/app:edge`, amd64);
    const rule = {
      source: `registry:${from.host}/app`,
      destination: `registry:${to.host}/m/app`,
      tags: { semver: "*" },
    };
    const first = await run([rule]);
    expect(first.totals).toMatchObject({ copied: 2, unchanged: 0, failed: 0 });
    expect(await digestOfTag(`registry:${to.host}/m/app:1.0`))
      .toBe(both.manifest.descriptor.digest);
    expect((await listTags(`${to.host}/m/app`)).sort()).toEqual(["1.0", "2.0"]);
    from.log.length = to.log.length = 0;
    const second = await run([rule]);
    expect(second.totals).toMatchObject({ copied: 0, unchanged: 2, bytes: 0 });
    expect([count(from, "GET", "/manifests/"), count(from, "HEAD", "/manifests/")]).toEqual([0, 2]);
    expect([to.log.length, count(to, "HEAD", "/manifests/")]).toEqual([2, 2]);
    await push(`registry:${from.host}/app:2.0`, arm64);
    expect((await run([rule])).totals).toMatchObject({ copied: 1, unchanged: 1 });
  });

  it("asks for no tag that the destination does not list, where there are many", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    const tags = ["1", "2", "3", "4", "5"];
    for (const tag of tags) await push(`registry:${from.host}/app:${tag}`, await image());
    const rule = { source: `registry:${from.host}/app`, destination: `registry:${to.host}/app` };
    const asked = (server: RegistryServer) => [
      count(server, "HEAD", "/manifests/"),
      count(server, "GET", "/manifests/"),
      count(server, "GET", "/tags/list"),
    ];
    from.log.length = 0;
    expect((await run([rule])).totals).toMatchObject({ copied: 5, failed: 0 });
    // There it asks for each digest, which may have another name already, and for no tag.
    expect([asked(from), asked(to)]).toEqual([[0, 5, 1], [5, 0, 1]]);
    expect(tags.map((tag) => count(to, "HEAD", `/manifests/${tag}`))).toEqual([0, 0, 0, 0, 0]);
    from.log.length = to.log.length = 0;
    expect((await run([rule])).totals).toMatchObject({ unchanged: 5, bytes: 0 });
    expect([asked(from), asked(to)]).toEqual([[5, 0, 1], [5, 0, 1]]);
    // Who may not list the tags there asks for each.
    to.onRequest = ({ path }) => path.endsWith("/tags/list") ? { status: 403 } : undefined;
    expect((await run([rule])).totals).toMatchObject({ unchanged: 5, failed: 0 });
  });

  it("moves a blob that many images have once, and mounts it elsewhere", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    const shared = { "shared.txt": random(400) };
    const rules = [];
    for (const name of ["a", "b", "c", "d"]) {
      for (const tag of ["1", "2"]) {
        await push(
          `registry:${from.host}/${name}:${tag}`,
          await image({ layers: [shared, { [tag]: name }] }),
        );
      }
      rules.push({
        source: `registry:${from.host}/${name}`,
        destination: `registry:${to.host}/${name}`,
      });
    }
    from.log.length = 0;
    const { totals } = await run(rules, { parallel: 8 });
    expect(totals).toMatchObject({ copied: 8, failed: 0, mounted: 3 });
    const large = (await image({ layers: [shared] })).layers[0]!.descriptor.digest;
    expect(count(from, "GET", `/blobs/${large}`)).toBe(1);
    // Another repository, in another run: what the others hold is found, and mounted.
    await push(`registry:${from.host}/e:1`, await image({ layers: [shared, { e: "e" }] }));
    from.log.length = 0;
    const again = await run([
      ...rules,
      { source: `registry:${from.host}/e`, destination: `registry:${to.host}/e` },
    ], { parallel: 1 });
    expect(again.totals).toMatchObject({ copied: 1, unchanged: 8, mounted: 1 });
    expect(count(from, "GET", `/blobs/${large}`)).toBe(0);
  });

  it("goes on after failures, and gives a host up that never answers", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    for (const tag of ["1", "2", "3"]) {
      await push(`registry:${from.host}/app:${tag}`, await image());
    }
    from.onRequest = ({ path, method }) =>
      method === "GET" && path.endsWith("/manifests/2") ? { status: 403 } : undefined;
    const gone = Array.from({ length: 8 }, (_, at) => ({
      source: `registry:dead.example/x:${at}`,
      destination: `registry:${to.host}/x:${at}`,
    }));
    const rule = { source: `registry:${from.host}/app`, destination: `registry:${to.host}/app` };
    const missing = { source: `registry:${from.host}/no`, destination: `registry:${to.host}/no` };
    const config = await readSyncConfig(JSON.stringify({ sync: [...gone, missing, rule] }));
    const seen: string[] = [];
    const result = await syncImages(config, withoutHost("dead.example"), {
      parallel: 1,
      onImage: ({ status }) => seen.push(status),
    });
    expect(result.totals).toMatchObject({ copied: 2, failed: 10 });
    expect(seen).toHaveLength(12);
    const errors = result.images.flatMap(({ error }) => error ?? []);
    expect(errors.filter(({ message }) => message.includes("is not asked again"))).toHaveLength(5);
    expect(errors.map(({ code }) => code).sort())
      .toEqual(["AUTH", ...Array(8).fill("NETWORK"), "NOT_FOUND"]);
    from.onRequest = undefined;
    expect((await run([rule])).totals).toMatchObject({ copied: 1, unchanged: 2, failed: 0 });
  });

  it("refuses two images under one name before anything moves", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    for (const name of ["a/x", "b/x"]) await push(`registry:${from.host}/${name}:1`, await image());
    const rules = ["a/x", "b/x"].map((name) => ({
      source: `registry:${from.host}/${name}`,
      destination: `registry:${to.host}/{name}:{tag}`,
    }));
    await expect(run(rules)).rejects.toThrow(
      `registry:${from.host}/a/x:1 and registry:${from.host}/b/x:1 would both be`,
    );
    expect(to.log).toEqual([]);
    expect((await run([rules[0]!, rules[0]!])).totals.copied).toBe(1);
  });

  it("says what a dry run would do, and does nothing", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    const shared = { "a.txt": random(16) };
    for (const name of ["a", "b"]) {
      await push(`registry:${from.host}/${name}:1`, await image({ layers: [shared] }));
    }
    const rules = ["a", "b"].map((name) => ({
      source: `registry:${from.host}/${name}`,
      destination: `registry:${to.host}/${name}`,
    }));
    const dry = await run(rules, { dryRun: true });
    expect(statuses(dry)).toEqual({
      [`registry:${to.host}/a:1`]: "planned",
      [`registry:${to.host}/b:1`]: "planned",
    });
    expect(to.log.every(({ method }) => method === "HEAD" || method === "GET")).toBe(true);
    const wet = await run(rules);
    expect(wet.totals.bytes).toBe(dry.totals.bytes);
    expect((await run(rules, { dryRun: true })).totals).toMatchObject({ planned: 0, unchanged: 2 });
  });

  it("takes platforms, and notices when they are there", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    const [amd64, arm64] = [
      await image(),
      await image({ platform: { os: "linux", architecture: "arm64" } }),
    ];
    const platforms = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
    await push(`registry:${from.host}/app:1`, index([amd64, arm64], platforms));
    const rule = {
      source: `registry:${from.host}/app:1`,
      destination: `registry:${to.host}/app:arm`,
      platforms: ["linux/arm64"],
    };
    expect((await run([rule])).images[0]?.digest).toBe(arm64.manifest.descriptor.digest);
    expect((await run([rule])).totals).toMatchObject({ unchanged: 1, copied: 0 });
  });

  it("waits for no blob that a copy which has failed was about to bring", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    const shared = { "shared.txt": "shared" };
    const [bad, good] = [
      await image({ layers: [shared, { bad: "bad" }] }),
      await image({ layers: [shared, { good: "good" }] }),
    ];
    await push(`registry:${from.host}/app:bad`, bad);
    await push(`registry:${from.host}/app:good`, good);
    const failing = bad.layers[1]!.descriptor.digest;
    const failed = Promise.withResolvers<void>();
    // What they share is asked for when the first copy breaks off, and then not put by it.
    const openBadly: SyncMeans["openSink"] = async (place, options) => {
      const sink = await openSink(place, options);
      return {
        ...sink,
        async has(descriptor) {
          if (descriptor.digest === bad.layers[0]!.descriptor.digest) await failed.promise;
          return await sink.has(descriptor);
        },
        async put(blob) {
          if (blob.content.descriptor.digest !== failing) return await sink.put(blob);
          setImmediate(failed.resolve);
          throw new NixociError("IO", "no space left on device");
        },
      };
    };
    const config = await readSyncConfig(JSON.stringify({
      sync: ["bad", "good"].map((tag) => ({
        source: `registry:${from.host}/app:${tag}`,
        destination: `registry:${to.host}/app:${tag}`,
      })),
    }));
    const { totals } = await syncImages(config, { ...means, openSink: openBadly });
    expect(totals).toMatchObject({ copied: 1, failed: 1 });
  });

  it("takes what refers to images along, also when that alone is new", async () => {
    const [from, to] = [await startRegistry(), await startRegistry({ without: ["referrers"] })];
    const app = await image();
    await push(`registry:${from.host}/app:1`, app);
    const rule = {
      source: `registry:${from.host}/app`,
      destination: `registry:${to.host}/app`,
      referrers: true,
    };
    await run([rule]);
    const { digest } = app.manifest.descriptor;
    const signature = createArtifact({
      type: "application/vnd.example.sig",
      subject: app.manifest.descriptor,
    });
    {
      await using sink = await openSink(`registry:${from.host}/app`);
      await putArtifact(signature, sink);
    }
    expect((await run([rule])).totals).toMatchObject({ copied: 1 });
    await using there = await openSource(`registry:${to.host}/app`);
    expect((await there.listReferrers!(digest)).map(({ descriptor }) => descriptor.digest))
      .toEqual([signature.manifest.descriptor.digest]);
    // The list of referrers is no image: it does not become a tag of its own.
    const tags = await run([{
      ...rule,
      source: `registry:${to.host}/app`,
      destination: `registry:${from.host}/b`,
    }]);
    expect(tags.images).toHaveLength(1);
  });

  it("does not ask again for tags that never move", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    for (const tag of ["v1", "v2", "latest"]) {
      await push(`registry:${from.host}/app:${tag}`, await image());
    }
    const rule = {
      source: `registry:${from.host}/app`,
      destination: `registry:${to.host}/app`,
      immutable: ["v*"],
    };
    expect((await run([rule])).totals.copied).toBe(3);
    from.log.length = 0;
    const again = await run([rule]);
    expect(again.totals).toMatchObject({ unchanged: 1, immutable: 2, copied: 0 });
    expect(again.images).toHaveLength(3);
    expect(count(from, "HEAD", "/manifests/")).toBe(1);
  });

  it("names tags without listing them", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    const app = await image();
    await push(`registry:${from.host}/app:1`, app);
    from.onRequest = ({ path }) => path.includes("/tags/list") ? { status: 403 } : undefined;
    const { digest } = app.manifest.descriptor;
    const result = await run([{
      source: `registry:${from.host}/app`,
      destination: `registry:${to.host}/app`,
      tags: ["1", digest],
    }], { parallel: 1 });
    expect(statuses(result)).toEqual({
      [`registry:${to.host}/app:1`]: "copied",
      [`registry:${to.host}/app@${digest}`]: "unchanged",
    });
  });

  it("gives each shard the images of whole repositories, and all of them to some", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    const one = await image();
    const rules = [];
    for (const name of ["a", "b", "c", "d", "e", "f"]) {
      for (const tag of ["1", "2"]) await push(`registry:${from.host}/${name}:${tag}`, one);
      rules.push({
        source: `registry:${from.host}/${name}`,
        destination: `registry:${to.host}/${name}`,
      });
    }
    const parts = [];
    for (const at of [0, 1, 2]) {
      parts.push(await run(rules, { shard: { at, of: 3 }, dryRun: true }));
    }
    const places = parts.map((part) => part.images.map(({ source }) => source));
    expect(places.flat().sort()).toEqual([...new Set(places.flat())].sort());
    expect(places.flat()).toHaveLength(12);
    for (const part of places) {
      const names = part.map((place) => place.slice(0, place.lastIndexOf(":")));
      expect(part.length).toBe(new Set(names).size * 2);
    }
  });

  it("keeps a layout in sync, and puts what is broken there again", async () => {
    const from = await startRegistry();
    const folder = await temporaryFolder();
    const app = await image();
    await push(`registry:${from.host}/app:1`, app);
    await push(`registry:${from.host}/app:2`, await image());
    const rule = {
      source: `registry:${from.host}/app`,
      destination: `oci-dir:${join(folder, "mirror")}`,
    };
    expect((await run([rule])).totals.copied).toBe(2);
    from.log.length = 0;
    expect((await run([rule])).totals).toMatchObject({ copied: 0, unchanged: 2 });
    expect(count(from, "GET", "/manifests/")).toBe(0);
    await using layout = await openSource(`oci-dir:${join(folder, "mirror")}`);
    expect((await layout.list!()).map(({ name }) => name).sort())
      .toEqual(["1", "2"].map((tag) => `${from.host}/app:${tag}`));
    const [, hex] = app.layers[0]!.descriptor.digest.split(":");
    await rm(join(folder, "mirror", "blobs", "sha256", hex!));
    expect((await run([rule])).totals).toMatchObject({ copied: 1, unchanged: 1 });
    await using whole = await openSource(`oci-dir:${join(folder, "mirror")}`);
    expect((await verifyImages(whole)).problems).toEqual([]);
    // And out of it again.
    const to = await startRegistry();
    const out = await run([{
      source: rule.destination,
      destination: `registry:${to.host}/{name}:{tag}`,
    }]);
    expect(statuses(out)).toEqual({
      [`registry:${to.host}/app:1`]: "copied",
      [`registry:${to.host}/app:2`]: "copied",
    });
  });

  it("calls images of a layout in another layout as they are called", async () => {
    const folder = await temporaryFolder();
    const [from, to] = ["from", "to"].map((name) => `oci-dir:${join(folder, name)}`);
    for (const name of ["app", "app:1.0", "quay.io/org/app:2", "UPPER"]) {
      await push(`${from}:${name}`, await image({ layers: [{ a: name }] }));
    }
    const rule = { source: from, destination: to };
    expect((await run([rule])).totals).toMatchObject({ copied: 4, failed: 0 });
    expect((await run([rule])).totals).toMatchObject({ copied: 0, unchanged: 4 });
    await using layout = await openSource(to!);
    expect((await layout.list!()).map(({ name }) => name).sort())
      .toEqual(["UPPER", "app", "app:1.0", "quay.io/org/app:2"]);
  });

  it("takes an image without a name, and says so where it is left out", async () => {
    const folder = await temporaryFolder();
    const place = (name: string) => `oci-dir:${join(folder, name)}`;
    await push(place("app"), await image());
    const rule = { source: place("app"), destination: place("to") };
    expect((await run([rule])).totals).toMatchObject({ copied: 1, failed: 0 });
    await using layout = await openSource(place("to"));
    expect((await layout.list!()).map(({ name }) => name)).toEqual(["app"]);
    await push(place("app:named"), await image({ layers: [{ b: "" }] }));
    const notices: string[] = [];
    const both = await run([rule], {
      onEvent: (event) => void (event.type === "notice" && notices.push(event.message)),
    });
    expect(both.images.map(({ source }) => source)).toEqual([place("app:named")]);
    expect(notices).toEqual([expect.stringMatching(/: 1 of the images in oci-dir:.* no name/)]);
  });

  it("reaches each host as the file says", async () => {
    const from = await startRegistry({ basic: { me: "secret" } });
    const to = await startRegistry();
    const hosts = {
      [from.host]: { username: "me", password: "secret", parallel: 1, perSecond: 500 },
    };
    {
      await using sink = await openSink(`registry:${from.host}/app:1`, {
        registry: { creds: "me:secret" },
      });
      await copy(sourceOf({ root: await image() }), sink);
    }
    const rule = { source: `registry:${from.host}/app`, destination: `registry:${to.host}/app` };
    expect((await run([rule])).images[0]?.error?.code).toBe("AUTH");
    expect((await run([rule], {}, { hosts })).totals.copied).toBe(1);
  });

  it("ends when it is interrupted", async () => {
    const [from, to] = [await startRegistry(), await startRegistry()];
    await push(`registry:${from.host}/app:1`, await image());
    const breakOff = new AbortController();
    from.onRequest = () => {
      breakOff.abort(new NixociError("CANCELLED", "interrupted"));
      return undefined;
    };
    await expect(run([{
      source: `registry:${from.host}/app:1`,
      destination: `registry:${to.host}/app:1`,
    }], { signal: breakOff.signal })).rejects.toThrow("interrupted");
  });
});
