import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Notice } from "../../../src/base/notices.ts";
import { isNetrc, parseNetrc } from "../../../transports/registry/auth/netrc.ts";
import { findCredentials } from "../../../transports/registry/auth/find-credentials.ts";
import { startRegistry } from "../../support/registry-server.ts";
import { auth, find, SECRET, worldWith, write } from "./credentials.ts";
import { login, logout, seedImage, sourceAt } from "./setup.ts";

const entries = (text: string) =>
  [...parseNetrc(text)].map(([machine, { username, password }]) => [machine, username, password]);

describe("parseNetrc", () => {
  it("reads machines, over one line or several", () => {
    const text = "machine a.example login me password one\n" +
      'machine b.example:5000\n\tlogin "you \\"two\\""\n\taccount x\n\tpassword "t w\\\\o"\n';
    expect(entries(text)).toEqual([
      ["a.example", "me", "one"],
      ["b.example:5000", 'you "two"', "t w\\o"],
    ]);
  });

  it("passes over comments, macros, default, and what lacks a login or a password", () => {
    const text = "# machine no login no password no\n" +
      "macdef init\nmachine no login no password no\n\n" +
      "machine half login me\nmachine other password x\n" +
      "machine a login me password one#1\nmachine a login again password two\n" +
      "default login any password any\n";
    expect(entries(text)).toEqual([["a", "me", "one#1"]]);
    expect(entries("macdef last\nmachine no login no password no")).toEqual([]);
    expect(entries("machine")).toEqual([]);
    expect(entries("machine a login")).toEqual([]);
  });

  it("is told from JSON, and from neither", () => {
    for (const text of ["machine a", "# x\n\n machine a", "default login a", "macdef x\n"]) {
      expect(isNetrc(text)).toBe(true);
    }
    for (const text of ["", "{}", '{"machine a": 1}', "machines a", "x machine a"]) {
      expect(isNetrc(text)).toBe(false);
    }
  });
});

describe("credentials where builds run", () => {
  const netrc = (user: string) => `machine example.com login ${user} password ${SECRET}\n`;

  it("are looked for in NIXOCI_AUTH_FILE first, then in netrc and skopeo's files", async () => {
    const world = await worldWith({ NIXOCI_AUTH_FILE: "~/own.json" });
    const files = ["own.json", ".docker/config.json", ".netrc", "etc/skopeo/auth.json"];
    for (const file of files.toReversed()) {
      const value = file === ".netrc" ? netrc(file) : { auths: { "example.com": auth(file) } };
      await write(join(world.home, file), value);
      expect(await find(world)).toMatchObject({ username: file, password: SECRET });
    }
    // What is given is the only one.
    expect(await find(world, "example.com", "a", join(world.home, "none"))).toBeUndefined();
  });

  it("may be in a netrc file wherever a file is named", async () => {
    const world = await worldWith({ NETRC: "~/elsewhere" });
    await write(join(world.home, ".netrc"), netrc("usual"));
    expect(await find(world)).toBeUndefined();
    await write(join(world.home, "elsewhere"), netrc("named"));
    expect(await find(world)).toMatchObject({ username: "named" });
    await write(join(world.home, "given"), netrc("given"));
    const given = join(world.home, "given");
    expect(await find(world, "example.com", "a", given)).toMatchObject({ username: "given" });
    expect(await find(world, "example.com:5000", "a", given)).toMatchObject({ username: "given" });
    expect(await find(world, "other.com", "a", given)).toBeUndefined();
    const inEnvironment = { ...world, env: { ...world.env, NIXOCI_AUTH_FILE: given } };
    expect(await find(inEnvironment)).toMatchObject({ username: "given" });
  });

  it("are asked for with a notice where the system's file cannot be read", async () => {
    const world = await worldWith();
    await write(join(world.home, "etc/skopeo/auth.json"), "no JSON");
    const notices: string[] = [];
    const options = { onNotice: ({ message }: Notice) => notices.push(message) };
    const where = { host: "example.com", repository: "a" };
    expect(await findCredentials(where, options, world)).toBeUndefined();
    expect(notices).toEqual([expect.stringMatching(/skopeo\/auth\.json.*; going on without$/)]);
    await write(join(world.home, "named.json"), "no JSON");
    const named = { ...world, env: { NIXOCI_AUTH_FILE: join(world.home, "named.json") } };
    await expect(findCredentials(where, options, named)).rejects.toThrow("named.json");
  });

  it("open a registry from a netrc file, and are shown nowhere", async () => {
    const registry = await startRegistry({ basic: { me: SECRET } });
    await seedImage(registry, "app", "v1");
    const world = await worldWith();
    const file = join(world.home, ".netrc");
    await write(file, `machine ${registry.host} login me password ${SECRET}`);
    await chmod(file, 0o600);
    const root = await (await sourceAt(`${registry.host}/app:v1`, {}, world)).resolve();
    expect(root.kind).toBe("image");
    await write(file, `machine ${registry.host} login you password ${SECRET}`);
    const refused = (await sourceAt(`${registry.host}/app:v1`, {}, world)).resolve();
    await expect(refused).rejects.toMatchObject({
      code: "AUTH",
      message: expect.not.stringContaining(SECRET),
    });
  });

  it("are not written into a netrc file", async () => {
    const registry = await startRegistry({ basic: { me: SECRET } });
    const world = await worldWith();
    const authFile = join(world.home, "netrc");
    const text = `machine ${registry.host} login me password old\n`;
    await write(authFile, text);
    const options = { registry: { authFile } };
    const who = { username: "me", password: SECRET };
    await expect(login(registry.host, who, options, world)).rejects.toThrow("edited by hand");
    await expect(logout(registry.host, options, world)).rejects.toThrow("edited by hand");
    expect(await readFile(authFile, "utf8")).toBe(text);
  });
});
