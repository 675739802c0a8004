import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Notice } from "../../../src/base/notices.ts";
import { parseReference } from "../../../src/image/reference.ts";
import { endpointsOf, isMeantFor } from "../../../transports/registry/config/endpoints.ts";
import { readRules } from "../../../transports/registry/config/registries-conf.ts";
import type { World } from "../../../transports/registry/world.ts";
import { copy } from "../../../src/copy/copy.ts";
import { image, sourceOf } from "../../support/images.ts";
import { startRegistry } from "../../support/registry-server.ts";
import { listTags, login, resolveImage, seedImage, sinkAt, sourceAt, testWorld } from "./setup.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

async function conf(world: World, path: string, text: string): Promise<string> {
  const file = join(world.home, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

/** Where a reference leads under the rules: `host/path`, with `!` where it is insecure. */
async function places(text: string, reference: string): Promise<string[]> {
  const world = await testWorld();
  const rules = await readRules(await conf(world, "r.conf", text), world);
  const named = parseReference(reference);
  return endpointsOf(named, rules, undefined)
    .filter((endpoint) => isMeantFor(endpoint, named))
    .map(({ host, repository, tlsVerify }) =>
      `${host}/${repository}${tlsVerify === false ? "!" : ""}`
    );
}

describe("registries.conf", () => {
  it("leaves alone what it says nothing of", async () => {
    expect(await places("", "alpine")).toEqual(["docker.io/library/alpine"]);
    const text = `unqualified-search-registries = ["example.com"]
      short-name-mode = "enforcing"
      [aliases]
      alpine = "example.com/alpine"`;
    expect(await places(text, "alpine")).toEqual(["docker.io/library/alpine"]);
  });

  it("rewrites the longest prefix", async () => {
    const text = `
      [[registry]]
      prefix = "example.com/team"
      location = "internal:5000/moved/here"
      insecure = true
      [[registry]]
      location = "example.com"
      [[registry]]
      prefix = "example.com/team/special"
      location = "special.com"`;
    expect(await places(text, "example.com/team/app:v1")).toEqual([
      "internal:5000/moved/here/app!",
    ]);
    expect(await places(text, "example.com/team/special/a")).toEqual(["special.com/a"]);
    expect(await places(text, "example.com/teams/app")).toEqual(["example.com/teams/app"]);
    expect(await places(text, "example.com:5000/team/app")).toEqual(["example.com:5000/team/app"]);
    expect(await places(text, "notexample.com/team/app")).toEqual(["notexample.com/team/app"]);
  });

  it.each([
    '[[registry]]\nlocation = "a.com"\nblocked = true',
    '  [[ registry ]]\nlocation = "a.com"\nblocked = true',
    '[["registry"]]\nlocation = "a.com"\nblocked = true',
    "[[ 'registry' ]]\nlocation = 'a.com'\nblocked = true",
    'registry = [{ location = "a.com", blocked = true }]',
    '"registry" =[\n{ location = "a.com", blocked = true }]',
    "'registry' = [ { location = 'a.com', blocked = true } ]",
    '\uFEFF[[registry]]\nlocation = "a.com"\nblocked = true',
    '[aliases]\n"registry" = "docker.io/library/registry"\n[[registry]]\nlocation = "a.com"\nblocked = true',
  ])("finds its rules however they are spelled: %j", async (text) => {
    await expect(places(text, "a.com/app")).rejects.toThrow(/block/);
  });

  it.each([
    "[registries.search]",
    "[registries]\nblock = []",
    '"registries".block.registries = ["a"]',
  ])(
    "refuses its first version: %s",
    async (text) => {
      await expect(places(text, "a.com/app")).rejects.toMatchObject({ code: "UNSUPPORTED" });
    },
  );

  it("has an alias for an image that is called as its rules are", async () => {
    const text = '[aliases]\n"registry" = "docker.io/library/registry"';
    expect(await places(text, "a.com/app")).toEqual(["a.com/app"]);
  });

  it("knows wildcards", async () => {
    const text = `
      [[registry]]
      prefix = "*.example.com"
      insecure = true
      [[registry]]
      prefix = "*.moved.com/old"
      location = "new.com/a"`;
    expect(await places(text, "a.b.example.com/x")).toEqual(["a.b.example.com/x!"]);
    expect(await places(text, "example.com/x")).toEqual(["example.com/x"]);
    expect(await places(text, "evilexample.com/x")).toEqual(["evilexample.com/x"]);
    expect(await places(text, "a.moved.com/old/x")).toEqual(["new.com/a/x"]);
    expect(await places(text, "a.moved.com/older/x")).toEqual(["a.moved.com/older/x"]);
  });

  it("asks mirrors first, those that are meant", async () => {
    const text = `
      [[registry]]
      location = "docker.io"
      [[registry.mirror]]
      location = "all.com/hub"
      [[registry.mirror]]
      location = "digests.com"
      pull-from-mirror = "digest-only"
      insecure = true
      [[registry.mirror]]
      location = "tags.com"
      pull-from-mirror = "tag-only"
      [[registry]]
      location = "strict.com"
      mirror-by-digest-only = true
      [[registry.mirror]]
      location = "mirror.com"`;
    const hub = "docker.io/library/alpine";
    expect(await places(text, "alpine"))
      .toEqual(["all.com/hub/library/alpine", "tags.com/library/alpine", hub]);
    expect(await places(text, `alpine@${DIGEST}`))
      .toEqual(["all.com/hub/library/alpine", "digests.com/library/alpine!", hub]);
    expect(await places(text, "strict.com/a")).toEqual(["strict.com/a"]);
    expect(await places(text, `strict.com/a@${DIGEST}`)).toEqual(["mirror.com/a", "strict.com/a"]);
  });

  it("blocks", async () => {
    const text = `[[registry]]\nlocation = "bad.com"\nblocked = true`;
    await expect(places(text, "bad.com/a")).rejects.toMatchObject({
      code: "REFUSED",
      message: "registries.conf blocks bad.com/a",
    });
  });

  it.each<[string, string]>([
    ["[[registry]\n", "MALFORMED"],
    ["[[registry]]\nlocation = 1", "MALFORMED"],
    ["[[registry]]\ninsecure = true", "MALFORMED"],
    ["registry = 1", "MALFORMED"],
    [
      `[[registry]]\nlocation="a"\n[[registry.mirror]]\nlocation="b"\npull-from-mirror="x"`,
      "MALFORMED",
    ],
    [`[[registry]]\nlocation="a"\n[[registry.mirror]]\ninsecure=true`, "MALFORMED"],
    [`[[registry]]\nlocation="a"\nmirror = "b"`, "MALFORMED"],
    ["[registries.search]\nregistries = ['a']", "UNSUPPORTED"],
  ])("says which file is broken: %j", async (text, code) => {
    const error = await places(text, "a").catch((e) => e);
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(/r\.conf/);
  });

  it("is the user's or else the system's, with what lies beside them", async () => {
    const world = await testWorld();
    const rule = (prefix: string, location: string) =>
      `[[registry]]\nprefix = "${prefix}"\nlocation = "${location}"\n`;
    await conf(world, "etc/containers/registries.conf", rule("a", "system") + rule("b", "system"));
    await conf(world, "etc/containers/registries.conf.d/1.conf", rule("b", "drop-in"));
    await conf(world, "etc/containers/registries.conf.d/ignored.txt", "nonsense");
    const shown = async () =>
      (await readRules(undefined, world)).map(({ prefix, location }) => `${prefix}=${location}`)
        .sort();
    expect(await shown()).toEqual(["a=system", "b=drop-in"]);
    await conf(world, ".config/containers/registries.conf", rule("a", "user"));
    await conf(world, ".config/containers/registries.conf.d/1.conf", rule("b", "users-drop-in"));
    expect(await shown()).toEqual(["a=user", "b=users-drop-in"]);
    // The user's file stands for all of the system's, as containers/image has it.
    await rm(join(world.home, ".config/containers/registries.conf.d"), { recursive: true });
    expect(await shown()).toEqual(["a=user"]);
    await rm(join(world.home, ".config/containers/registries.conf"));
    await conf(world, ".config/containers/registries.conf.d/1.conf", rule("a", "users-drop-in"));
    expect(await shown()).toEqual(["a=users-drop-in", "b=drop-in"]);
    const named = await conf(world, "named.conf", rule("a", "named"));
    const other = { ...world, env: { CONTAINERS_REGISTRIES_CONF: named } };
    expect((await readRules(undefined, other)).find(({ prefix }) => prefix === "a")?.location)
      .toBe("users-drop-in");
    await rm(join(world.home, ".config"), { recursive: true });
    expect((await readRules(undefined, other)).find(({ prefix }) => prefix === "a")?.location)
      .toBe("named");
    await expect(readRules("/nowhere/r.conf", world)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("of one prefix in one file means the first rule", async () => {
    const text = `
      [[registry]]
      prefix = "a.com"
      location = "first.com"
      [[registry]]
      prefix = "a.com"
      location = "second.com"`;
    expect(await places(text, "a.com/x")).toEqual(["first.com/x"]);
  });

  it("is for pulls: a push, a list of tags and a login go where they are told", async () => {
    const [registry, other] = [await startRegistry(), await startRegistry()];
    const world = await testWorld();
    const registriesConf = await conf(
      world,
      "r.conf",
      `
      [[registry]]
      prefix = "${registry.host}"
      location = "${other.host}/moved"
      [[registry.mirror]]
      location = "${other.host}/mirror"`,
    );
    const options = { registry: { registriesConf } };
    const put = await seedImage(other, "moved/app", "there");
    await copy(sourceOf({ it: put }), await sinkAt(`${registry.host}/app:v1`, options, world));
    expect(await listTags(`${registry.host}/app`, options, world)).toEqual(["v1"]);
    await login(registry.host, { username: "me", password: "x" }, options, world);
    expect(other.log).toEqual([]);
    await resolveImage(`${registry.host}/app:there`, options, world);
    expect(other.log.length).toBeGreaterThan(0);
  });

  it("says for them, too, what is blocked and what is insecure", async () => {
    const registry = await startRegistry();
    const elsewhere = `0.0.0.0:${registry.host.split(":")[1]}`; // not loopback by its name
    const world = await testWorld();
    const options = async (text: string) => ({
      registry: { registriesConf: await conf(world, "r.conf", text) },
    });
    const insecure = await options(`[[registry]]\nlocation = "${elsewhere}"\ninsecure = true`);
    await copy(
      sourceOf({ it: await image() }),
      await sinkAt(`${elsewhere}/app:v1`, insecure, world),
    );
    expect(await listTags(`${elsewhere}/app`, insecure, world)).toEqual(["v1"]);
    await login(elsewhere, { username: "me", password: "x" }, insecure, world);
    const blocked = await options(`[[registry]]\nlocation = "${elsewhere}"\nblocked = true`);
    const wanted = { code: "REFUSED", message: expect.stringContaining("registries.conf blocks") };
    await expect(sinkAt(`${elsewhere}/app:v1`, blocked, world)).rejects.toMatchObject(wanted);
    await expect(listTags(`${elsewhere}/app`, blocked, world)).rejects.toMatchObject(wanted);
    await expect(login(elsewhere, { username: "me", password: "x" }, blocked, world))
      .rejects.toMatchObject(wanted);
  });

  it("asks those mirrors that are meant for the reference that is resolved", async () => {
    const [registry, mirror] = [await startRegistry(), await startRegistry()];
    const put = await seedImage(registry, "app", "v1");
    await seedImage(mirror, "app", "v1", put);
    const world = await testWorld();
    const registriesConf = await conf(
      world,
      "r.conf",
      `
      [[registry]]
      location = "${registry.host}"
      mirror-by-digest-only = true
      [[registry.mirror]]
      location = "${mirror.host}"`,
    );
    const source = await sourceAt(
      `${registry.host}/app:v1`,
      { registry: { registriesConf } },
      world,
    );
    await source.resolve();
    expect(mirror.log).toEqual([]);
    const before = registry.log.length;
    await source.resolve(put.manifest.descriptor.digest);
    expect(registry.log).toHaveLength(before);
    expect(mirror.log.length).toBeGreaterThan(0);
  });

  it("leads to the mirror, and to the registry where the mirror cannot be used", async () => {
    const [registry, mirror] = [await startRegistry(), await startRegistry()];
    const world = await testWorld();
    const registriesConf = await conf(
      world,
      "r.conf",
      `
      [[registry]]
      prefix = "example.com"
      location = "${registry.host}"
      [[registry.mirror]]
      location = "${mirror.host}/cache"`,
    );
    const notices: string[] = [];
    const options = {
      registry: { registriesConf, creds: "me:secret" },
      onNotice: ({ message }: Notice) => void notices.push(message),
    };
    await seedImage(registry, "app", "v1");
    const first = await resolveImage("example.com/app:v1", options, world);
    expect(notices.join()).toContain(`the mirror ${mirror.host} cannot be used`);
    await seedImage(mirror, "cache/app", "v1", first);
    const before = registry.log.length;
    await resolveImage("example.com/app:v1", options, world);
    expect(registry.log).toHaveLength(before);
    // What the user gave is for the registry that was named.
    expect(mirror.log.some(({ headers }) => headers.authorization)).toBe(false);
  });
});
