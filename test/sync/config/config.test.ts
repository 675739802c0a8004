/** Files that say what is to be in sync: our own, regsync's and skopeo's. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { readSyncConfig, type SyncFileOptions } from "../../../src/sync/config/read.ts";
import type { SyncRule } from "../../../src/sync/model.ts";

const read = (text: string, options: SyncFileOptions = {}) =>
  readSyncConfig(text, { name: "m.yaml", ...options });
const choose = async (rule: SyncRule | undefined, ...tags: string[]) =>
  await rule?.choose?.(tags, async () => ({}));

afterEach(() => void vi.unstubAllEnvs());

const OWN = `
x-shared: &shared
  platforms: [linux/amd64]
defaults:
  referrers: true
  every: 1h30m
hosts:
  quay.io: { username: me, password: "\${SYNC_TEST_PASSWORD}", parallel: 2, perSecond: 5 }
sync:
  - source: registry:quay.io/org/app
    destination: registry:localhost:5000/mirror/app
    tags: { match: ["1.*"], regex: ["[0-9.]+"], exclude: ["1.1"], semver: "*", newest: 2 }
    immutable: ["1.*"]
    <<: *shared
  - { source: "registry:quay.io/org/app:2", destination: "oci-dir:mirror", referrers: false }
  - { source: "registry:localhost:5000", destination: "registry:b:5000", repositories: ["org/*"] }
  - { source: "oci-dir:in", destination: "registry:b/{name}:x-{tag}", tags: [a, b] }
`;

describe("a file of our own", () => {
  it("says rules, with defaults, hosts, and what is left open written out", async () => {
    vi.stubEnv("SYNC_TEST_PASSWORD", "secret");
    const { rules: [app, one, all, layout], hosts } = await read(OWN);
    expect(hosts).toEqual({
      "quay.io": { username: "me", password: "secret", parallel: 2, perSecond: 5 },
    });
    expect(app).toMatchObject({
      kind: "repository",
      destination: "registry:localhost:5000/mirror/app:{tag}",
      platforms: ["linux/amd64"],
      referrers: true,
      schedule: { every: 5_400_000 },
      where: "m.yaml:10",
    });
    expect(await choose(app, "1.1", "1.2", "1.10", "1.3", "1.9-rc", "2.0", "latest"))
      .toEqual(["1.10", "1.3"]);
    expect(app?.isImmutable?.("1.5")).toBe(true);
    expect(one).toMatchObject({
      kind: "image",
      destination: "oci-dir:mirror:{reference}",
      referrers: false,
    });
    expect(all).toMatchObject({
      source: "localhost:5000",
      kind: "registry",
      destination: "registry:b:5000/{repository}:{tag}",
    });
    expect([all?.hasRepository?.("org/x"), all?.hasRepository?.("x/org")]).toEqual([true, false]);
    expect(layout).toMatchObject({ names: ["a", "b"], destination: "registry:b/{name}:x-{tag}" });
  });

  it("takes the newest by creation where there are no versions", async () => {
    const { rules: [rule] } = await read(
      "sync: [{source: 'registry:a/b', destination: 'oci-dir:c', tags: {newest: 1}}]",
    );
    const times = async () => ({
      old: "2024-01-01T01:00:00+02:00",
      new: "2024-01-01T00:00:00Z",
      same: "2024-01-01T00:00:00.000Z",
    });
    expect(await rule?.choose?.(["old", "new"], times)).toEqual(["new"]);
    expect(await rule?.choose?.(["none"], times)).toEqual(["none"]);
    await expect(rule?.choose?.(["old", "new", "none"], times)).rejects.toMatchObject({
      code: "REFUSED",
      message: "m.yaml: which are the newest 1 is not known: none does not say when it was made",
    });
    // Two names of one image, for example.
    expect(await rule?.choose?.(["old", "same", "new"], times)).toEqual(["same", "new"]);
  });

  const rule = (more: string) =>
    `sync:\n- source: registry:a/b\n  destination: registry:c/d\n  ${more}`;
  it.each([
    ["an unknown field", rule("tag: [x]"), 'm.yaml:4: "tag" is not a field of sync.0'],
    ["an unknown word", rule("destination: 'registry:c/{x}'"), "m.yaml:4: this key is there twice"],
    ["a range", rule("tags: {semver: 'a b'}"), 'm.yaml:4: "a b" is not a range of versions'],
    ["a pattern", rule("tags: {match: ['[']}"), "m.yaml:4: the pattern"],
    ["an expression", rule("tags: {regex: ['(']}"), "m.yaml:4: the regular expression"],
    ["a duration", rule("every: soon"), 'm.yaml:4: "soon" is not a duration'],
    ["no time at all", rule("every: 0s"), 'm.yaml:4: "0s" is not a duration'],
    ["a host's scheme", `hosts:\n  registry:a.b: {}\n${rule("")}`, 'm.yaml:2: "registry:a.b" is'],
    ["a host's path", `hosts:\n  quay.io/org: {}\n${rule("")}`, 'm.yaml:2: "quay.io/org" is not'],
    ["another name of a host", `hosts:\n  index.docker.io: {}\n${rule("")}`, "is not host[:port]"],
    ["two schedules", rule("every: 1h\n  cron: '0 0 * * *'"), "m.yaml:5: every and cron"],
    ["names and more", rule("tags: {names: [a], newest: 1}"), "m.yaml:4: names mean all"],
    [
      "repositories of one",
      rule("repositories: ['*']"),
      "m.yaml:4: registry:a/b is one repository",
    ],
    ["no list", "sync: 5", "m.yaml: sync is a number, and is to be a list"],
    ["no source", "sync:\n- destination: oci-dir:x", "m.yaml:2: sync.0.source is missing"],
    ["a platform", rule("platforms: [host,\n   wat]"), 'm.yaml:5: "wat" is not a platform'],
    ["a platform of the defaults", `defaults:\n  platforms: [wat]\n${rule("")}`, "m.yaml:2: "],
    ["no line of cron", rule("cron: at noon"), 'm.yaml:4: "at noon" is not a line of cron'],
    ["a cron that never comes", rule("cron: 0 0 30 2 *"), "m.yaml:4: "],
    ["a cron of the defaults", `defaults:\n  cron: at noon\n${rule("")}`, "m.yaml:2: "],
    [
      "text where a list is meant",
      rule('tags: {regex: "("}'),
      "m.yaml:4: sync.0.tags.regex is text, and is to be a list",
    ],
    ["an expression", rule("tags: {regex: ['(']}"), 'm.yaml:4: the regular expression "("'],
    [
      "a number for tags",
      rule("tags: 1.10"),
      "m.yaml:4: sync.0.tags is a number, and is to be a list or a mapping of keys and values",
    ],
    [
      "a number for a tag",
      rule("tags: [1.10]"),
      "m.yaml:4: sync.0.tags.0 is a number, and is to be text",
    ],
    ["a flag", rule("referrers: 'no'"), "m.yaml:4: sync.0.referrers is text, and is to be true or"],
    ["none to choose", rule("tags: {match: []}"), "m.yaml:4: sync.0.tags.match is an empty list"],
    ["an indent", "sync:\n\t- source: a", "m.yaml:2: "],
    ["a quote", "sync:\n- source: 'a\n  destination: b\n", "m.yaml:"],
    ["an alias further down", "sync:\n- source: *x", "m.yaml:2: Unresolved alias"],
    [
      "an alias in itself",
      "sync: &a\n- *a",
      "m.yaml:2: this alias stands for what it is in itself",
    ],
    ["no rules", "a: 1\nb: 2", "m.yaml does not say what is to be in sync"],
    ["no YAML", "sync: [", "m.yaml"],
    ["no object", "- a", "m.yaml does not say what is to be in sync"],
    ["an alias of nothing", "sync: *x", "m.yaml: Unresolved alias"],
    [
      "a word that means nothing",
      "sync: [{source: 'registry:a/b', destination: 'oci-dir:{x}'}]",
      "{x} stands for nothing",
    ],
  ])("is refused for %s, with the line", async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it("is shown a number as it was written", async () => {
    await expect(read(rule("tags: [1.10]"))).rejects
      .toMatchObject({ hint: 'write it in quotes: "1.10"' });
    await expect(read(rule("tags: {regex: v1}"))).rejects.toMatchObject({ hint: 'write ["v1"]' });
  });

  it("says when by itself, where the defaults say it, too", async () => {
    const { rules: [one] } = await read(`defaults:\n  every: 1h\n${rule("cron: 0 3 * * *")}`);
    expect(one?.schedule).toEqual({ cron: "0 3 * * *" });
    const { rules: [every] } = await read(rule("cron: '@every 90s'"));
    expect(every?.schedule).toEqual({ every: 90_000 });
  });

  it("may name an image in a layout", async () => {
    const to = async (destination: string) => {
      const words = `sync: [{ source: "registry:a/b", destination: "${destination}" }]`;
      return (await read(words)).rules[0]?.destination;
    };
    expect(await to("oci-dir:z:a")).toBe("oci-dir:z:a");
    expect(await to("oci-dir:z")).toBe("oci-dir:z:{reference}");
    expect(await to("podman:")).toBe("podman:{reference}");
  });

  it("is refused for a variable that is not set, without showing the file", async () => {
    const text = OWN.replace("SYNC_TEST_PASSWORD", "SYNC_TEST_UNSET");
    await expect(read(text)).rejects.toThrow("the variable SYNC_TEST_UNSET is not set");
  });

  it("says itself where images go", async () => {
    await expect(read(OWN, { destination: "oci-dir:x" })).rejects.toThrow("a destination");
  });
});

const REGSYNC = `
version: 1
x-tags: &tags { allow: ["1\\\\..*", "latest|v2"], deny: [".*-rc"] }
creds:
  - { registry: localhost:5000, tls: disabled, user: '{{env "SYNC_TEST_USER"}}', pass: x, reqPerSec: 9 }
defaults: { parallel: 3, interval: 60m, ratelimit: { min: 100 }, cacheCount: 5 }
sync:
  - { source: "localhost:5000/a", target: "b/c", type: repository, tags: *tags }
  - source: a/b
    target: ocidir:///data/x
    type: repository
    tagSets:
      - semverRange: ["^1"]
        deny: ["1.1"]
      - allow: ["edge"]
  - { source: "a/b:1", target: "b/c:1", type: image, platform: linux/arm64, schedule: "0 3 * * *" }
  - { source: "localhost:5000", target: "b/all", type: registry, repos: { allow: ["org/.*"] } }
`;

describe("a file of regsync's", () => {
  it("has its own rules: whole matches, ranges first, sets united", async () => {
    vi.stubEnv("SYNC_TEST_USER", "me");
    const { rules: [whole, sets, one, all], hosts, parallel, notices } = await read(REGSYNC);
    expect(parallel).toBe(3);
    expect(hosts["localhost:5000"])
      .toEqual({ username: "me", password: "x", tlsVerify: false, perSecond: 9 });
    expect(notices.map((line) => line.slice(0, 25)))
      .toEqual(
        ["m.yaml:6: ratelimit is not", "m.yaml:6: cacheCount is no"].map((line) =>
          line.slice(0, 25)
        ),
      );
    // As in Go: ^latest|v2$ is what begins with latest, or ends with v2.
    expect(await choose(whole, "1.5", "21.5", "latest-x", "x-v2", "1.5-rc", "latest"))
      .toEqual(["1.5", "latest-x", "x-v2", "latest"]);
    expect(sets?.destination).toBe("oci-dir:/data/x:{tag}");
    expect(await choose(sets, "1.1", "1.2", "edge", "2.0")).toEqual(["1.2", "edge"]);
    expect(one).toMatchObject({
      kind: "image",
      source: "registry:a/b:1",
      destination: "registry:b/c:1",
      platforms: ["linux/arm64"],
      schedule: { cron: "0 3 * * *" },
    });
    expect(all).toMatchObject({
      kind: "registry",
      destination: "registry:b/all/{repository}:{tag}",
    });
    expect([all?.hasRepository?.("org/x"), all?.hasRepository?.("x")]).toEqual([true, false]);
  });

  const entry = (more: string) =>
    `version: 1\nsync:\n- source: a/b\n  target: c/d\n  type: image\n  ${more}`;
  it.each([
    ["hooks", entry("hooks: {pre: {type: exec}}"), "m.yaml:6: nixoci does not do what hooks says"],
    ["a backup", entry("backup: old"), "m.yaml:6: nixoci does not do what backup says"],
    ["an unknown field", entry("tag: x"), 'm.yaml:6: "tag" is not a field of sync.0'],
    [
      "a template",
      entry("platform: x").replace("a/b", "'{{.Sync.Target}}'"),
      "m.yaml:3: this template",
    ],
    [
      "a range",
      entry("tags: {semverRange: ['a']}").replace("type: image", "type: repository"),
      "m.yaml:6",
    ],
    ["a later version", "version: 2", "m.yaml: version"],
    ["a platform", entry("platform: wat"), 'm.yaml:6: "wat" is not a platform'],
    ["a schedule", entry("schedule: at noon"), 'm.yaml:6: "at noon" is not a line of cron'],
    [
      "a number for a tag",
      entry("tags: {allow: [1.10]}"),
      "m.yaml:6: sync.0.tags.allow.0 is a number, and is to be text",
    ],
  ])("is refused for %s, with the line", async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it("means the machine's own platform with local", async () => {
    expect((await read(entry("platform: local"))).rules[0]?.platforms).toEqual(["host"]);
  });

  it("may have a key twice, of which the last one counts", async () => {
    const { rules } = await read(entry("referrers: true\n  referrers: false"));
    expect(rules[0]?.referrers).toBe(false);
  });
});

const SKOPEO = `
registry.example.com:
  images:
    busybox: []
    org/redis: ["1.0", sha256:0000000000000000000000000000000011111111111111111111111111111111]
  images-by-tag-regex:
    org/nginx: 1\\.13
  images-by-semver:
    alpine: ">= 3.12.0, < 4"
  credentials: { username: john, password: pass }
  tls-verify: true
  cert-dir: /home/john/certs
quay.io:
  tls-verify: false
  images: { coreos/etcd: [latest] }
`;

describe("a file of skopeo's", () => {
  it("has its own rules: matches anywhere, one platform, the last word of names", async () => {
    const { rules, hosts } = await read(SKOPEO, { destination: "registry:b/m" });
    expect(
      rules.map((
        { source, names, destination, platforms, where },
      ) => [source, names?.length, destination, platforms, where]),
    ).toEqual([
      [
        "registry:registry.example.com/busybox",
        undefined,
        "registry:b/m/{name}:{tag}",
        ["host"],
        "m.yaml:4",
      ],
      [
        "registry:registry.example.com/org/redis",
        2,
        "registry:b/m/{name}:{tag}",
        ["host"],
        "m.yaml:5",
      ],
      [
        "registry:registry.example.com/org/nginx",
        undefined,
        "registry:b/m/{name}:{tag}",
        ["host"],
        "m.yaml:7",
      ],
      [
        "registry:registry.example.com/alpine",
        undefined,
        "registry:b/m/{name}:{tag}",
        ["host"],
        "m.yaml:9",
      ],
      ["registry:quay.io/coreos/etcd", 1, "registry:b/m/{name}:{tag}", ["host"], "m.yaml:15"],
    ]);
    expect(await choose(rules[2], "1.13", "2.1.13-x", "1.14")).toEqual(["1.13", "2.1.13-x"]);
    expect(await choose(rules[3], "3.12.0", "4.0", "3.13-rc")).toEqual(["3.12.0"]);
    expect(hosts["registry.example.com"]).toEqual({
      username: "john",
      password: "pass",
      tlsVerify: true,
      certDir: "/home/john/certs",
    });
  });

  it("keeps whole names and indexes where that is asked for", async () => {
    const choice = { destination: "registry:b/m/", scoped: true, all: true };
    const { rules } = await read(SKOPEO, choice);
    expect(rules[0]).toMatchObject({ destination: "registry:b/m/{host}/{repository}:{tag}" });
    expect(rules[0]?.platforms).toBeUndefined();
  });

  it.each([
    ["no destination", SKOPEO, {}, "does not say where images go"],
    ["an expression", SKOPEO.replace("1\\.13", "'['"), { destination: "oci-dir:x" }, "m.yaml:7"],
    ["a range", SKOPEO.replace(">= 3.12.0, < 4", "new"), { destination: "oci-dir:x" }, "m.yaml:9"],
    [
      "an unknown field",
      SKOPEO.replace("cert-dir", "certdir"),
      { destination: "oci-dir:x" },
      'm.yaml:12: "certdir" is not a field of registry.example.com',
    ],
  ])("is refused for %s", async (_, text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(message);
  });
});
