import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { World } from "../../../transports/registry/world.ts";
import { type RegistryServer, startRegistry } from "../../support/registry-server.ts";
import { auth, find, helper, SECRET, worldWith, write } from "./credentials.ts";
import { login, logout } from "./setup.ts";

describe("login and logout", () => {
  const users = { me: SECRET };
  const credentials = { username: "me", password: SECRET };
  const config = (world: World) => join(world.home, ".docker/config.json");
  const read = async (path: string) => JSON.parse(await readFile(path, "utf8"));

  it.each(["basic", "bearer"] as const)("keep what the registry takes (%s)", async (kind) => {
    const registry = await startRegistry(
      kind === "basic" ? { basic: users } : { bearer: { users, private: true } },
    );
    const world = await worldWith();
    await write(config(world), { auths: { "other.com": auth("you") }, HttpHeaders: { a: "b" } });
    const result = await login(registry.host, credentials, {}, world);
    expect(result).toEqual({ host: registry.host, username: "me", storedIn: config(world) });
    expect(await read(config(world))).toEqual({
      auths: { "other.com": auth("you"), [registry.host]: auth("me") },
      HttpHeaders: { a: "b" },
    });
    expect((await stat(config(world))).mode & 0o777).toBe(0o600);
    expect(await find(world, registry.host)).toMatchObject({ username: "me" });

    expect(await logout(registry.host, {}, world)).toEqual([registry.host]);
    expect(Object.keys((await read(config(world))).auths)).toEqual(["other.com"]);
    await expect(logout(registry.host, {}, world)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await readdir(join(world.home, ".docker"))).toEqual(["config.json"]);
  });

  it("leave the fields of others as they are, digit by digit", async () => {
    const registry = await startRegistry({ basic: users });
    const world = await worldWith();
    const others = '"x":{"id":12345678901234567890123,"half":1.50,"huge":1e400,"list":[-0.0,7]}';
    const text = async () => (await readFile(config(world), "utf8")).replace(/\s/g, "");
    await write(config(world), {});
    await writeFile(config(world), `{"auths": {}, ${others}}`);
    await login(registry.host, credentials, {}, world);
    expect(await text()).toContain(others);
    await logout(registry.host, {}, world);
    expect(await text()).toContain(others);
  });

  it("keep nothing that the registry refuses", async () => {
    const world = await worldWith();
    const refusing: RegistryServer[] = [
      await startRegistry({ basic: users }),
      await startRegistry({ bearer: { users } }),
    ];
    for (const { host } of refusing) {
      const wrong = { username: "me", password: `${SECRET}x` };
      const error = await login(host, wrong, {}, world).catch((e) => e);
      expect(error).toMatchObject({ code: "AUTH" });
      expect(error.message).not.toContain(SECRET);
    }
    await expect(login("127.0.0.1:1", credentials, {}, world))
      .rejects.toMatchObject({ code: "NETWORK" });
    expect(await readdir(world.home)).toEqual([]);
  });

  it("put it where they are told to, or where it would be found first", async () => {
    const registry = await startRegistry({ basic: users });
    const world = await worldWith({ REGISTRY_AUTH_FILE: "~/named/auth.json" });
    const authFile = join(world.home, "given.json");
    expect((await login(registry.host, credentials, { registry: { authFile } }, world)).storedIn)
      .toBe(authFile);
    expect((await login(registry.host, credentials, {}, world)).storedIn)
      .toBe(join(world.home, "named/auth.json"));
  });

  it("use the helper that the file names", async () => {
    const registry = await startRegistry({ basic: users });
    const world = await worldWith();
    const folder = await helper(world, "safe");
    await write(config(world), { credsStore: "safe" });
    expect((await login(registry.host, credentials, {}, world)).storedIn).toBe("safe");
    expect(await read(config(world)))
      .toEqual({ credsStore: "safe", auths: { [registry.host]: {} } });
    expect(await read(join(folder, "safe.kept")))
      .toEqual({ ServerURL: registry.host, Username: "me", Secret: SECRET });
    expect(await readFile(join(folder, "safe.calls"), "utf8")).not.toContain(SECRET);
    expect(await find(world, registry.host)).toMatchObject({ username: "me" });
    expect(await logout(registry.host, {}, world)).toEqual([registry.host]);
    expect(await readdir(folder)).not.toContain("safe.kept");
    expect(await find(world, registry.host)).toBeUndefined();
  });

  it("forget everything", async () => {
    const world = await worldWith();
    await write(config(world), {
      auths: { a: auth("x"), "https://index.docker.io/v1/": auth("y") },
    });
    expect(await logout(undefined, {}, world)).toEqual(["a", "docker.io"]);
    expect(await read(config(world))).toEqual({ auths: {} });
    expect(await logout(undefined, {}, world)).toEqual([]);
  });

  it("leave one spelling of Docker Hub, and none", async () => {
    const world = await worldWith();
    const spellings = ["docker.io", "index.docker.io", "https://index.docker.io/v1/"];
    const auths = Object.fromEntries(spellings.map((key, i) => [key, auth(`user${i}`)]));
    await write(config(world), { auths });
    // What docker itself would take.
    expect(await find(world, "docker.io", "library/alpine"))
      .toMatchObject({ username: "user2" });
    expect(await logout("docker.io", {}, world)).toEqual(["docker.io"]);
    expect(await read(config(world))).toEqual({ auths: {} });

    const registry = await startRegistry({ basic: users });
    const keys = [registry.host, `https://${registry.host}`, `http://${registry.host}/v1/`];
    await write(config(world), {
      auths: Object.fromEntries(keys.map((key) => [key, auth("stale")])),
    });
    await login(registry.host, credentials, {}, world);
    expect(await read(config(world))).toEqual({ auths: { [registry.host]: auth("me") } });
  });

  it("two at a time lose nothing", async () => {
    const world = await worldWith();
    const registries = await Promise.all([1, 2, 3].map(() => startRegistry({ basic: users })));
    await Promise.all(registries.map(({ host }) => login(host, credentials, {}, world)));
    expect(Object.keys((await read(config(world))).auths).sort())
      .toEqual(registries.map(({ host }) => host).sort());
  });

  it.each(["", "a/b", "a b", "user@host", "ftp://host", "host/../x"])("refuse %j", async (host) => {
    const world = await worldWith();
    await expect(login(host, credentials, {}, world)).rejects.toMatchObject({ code: "USAGE" });
    await expect(logout(host, {}, world)).rejects.toMatchObject({ code: "USAGE" });
  });
});
