import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findCredentials } from "../../../transports/registry/auth/find.ts";
import { login, logout } from "../../../transports/registry/mod.ts";
import type { World } from "../../../transports/registry/world.ts";
import { type RegistryServer, startRegistry } from "../../support/registry-server.ts";
import { testWorld } from "./setup.ts";

const SECRET = "c4n4ry-s3cr3t";

const auth = (user: string, password = SECRET) => ({
  auth: Buffer.from(`${user}:${password}`).toString("base64"),
});

async function write(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof value === "string" ? value : JSON.stringify(value));
}

/** A helper that keeps secrets in a file beside it, and writes down how it was called. */
async function helper(world: World, name: string): Promise<string> {
  const folder = join(world.home, "bin");
  const path = join(folder, `docker-credential-${name}`);
  await write(
    path,
    `#!/bin/sh
    echo "$0 $*" >> ${folder}/${name}.calls
    case $1 in
      store) cat > ${folder}/${name}.kept ;;
      get) cat > ${folder}/${name}.asked
        if [ -e ${folder}/${name}.kept ]; then cat ${folder}/${name}.kept
        else echo "credentials not found in native keychain"; exit 1; fi ;;
      erase) cat > ${folder}/${name}.asked; rm ${folder}/${name}.kept ;;
    esac`,
  );
  await chmod(path, 0o755);
  return folder;
}

async function worldWith(env: Record<string, string> = {}): Promise<World & { home: string }> {
  const world = await testWorld();
  const home = world.home;
  const place = (value: string) => value.replace("~", home);
  const placed = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, place(value)]));
  return { ...world, env: { PATH: `${home}/bin:${process.env["PATH"]}`, ...placed } };
}

const find = (world: World, host = "example.com", repository = "team/app", authFile?: string) =>
  findCredentials({ host, repository }, { authFile }, world);

describe("findCredentials", () => {
  it("looks where crane and skopeo look, in order", async () => {
    const files = [
      "~/docker/config.json",
      "~/named.json",
      "~/run/containers/auth.json",
      "~/config/containers/auth.json",
    ];
    const world = await worldWith({
      DOCKER_CONFIG: "~/docker",
      REGISTRY_AUTH_FILE: "~/named.json",
      XDG_RUNTIME_DIR: "~/run",
      XDG_CONFIG_HOME: "~/config",
    });
    expect(await find(world)).toBeUndefined();
    for (const file of files.toReversed()) {
      await write(file.replace("~", world.home), { auths: { "example.com": auth(file) } });
      expect(await find(world)).toMatchObject({ username: file, password: SECRET });
    }
    // A file without anything for the registry does not end the search.
    await write(join(world.home, "docker/config.json"), { auths: { "other.com": auth("me") } });
    expect(await find(world)).toMatchObject({ username: "~/named.json" });
    // One that is named is the only one.
    const given = join(world.home, "given.json");
    expect(await find(world, "example.com", "a", given)).toBeUndefined();
    await write(given, { auths: { "example.com": auth("given") } });
    expect(await find(world, "example.com", "a", given)).toMatchObject({ username: "given" });
  });

  it("finds the usual files without any variable", async () => {
    const world = await worldWith();
    await write(join(world.home, ".config/containers/auth.json"), { auths: { a: auth("podman") } });
    expect(await find(world, "a")).toMatchObject({ username: "podman" });
    await write(join(world.home, ".docker/config.json"), { auths: { a: auth("docker") } });
    expect(await find(world, "a")).toMatchObject({ username: "docker" });
  });

  it("takes the most particular key", async () => {
    const world = await worldWith();
    await write(join(world.home, ".docker/config.json"), {
      auths: {
        "example.com": auth("host"),
        "example.com/team": auth("team"),
        "example.com/team/app": auth("app"),
        "https://old.com/v1/": auth("old"),
        "slash.com/": auth("slash"),
        "empty.com": {},
      },
    });
    const users = async (host: string, repository: string) =>
      (await find(world, host, repository) as { username?: string } | undefined)?.username;
    expect(await users("example.com", "team/app")).toBe("app");
    expect(await users("example.com", "team/app/deep")).toBe("app");
    expect(await users("example.com", "team/apple")).toBe("team");
    expect(await users("example.com", "other")).toBe("host");
    expect(await users("old.com", "a")).toBe("old");
    expect(await users("slash.com", "a")).toBe("slash");
    expect(await users("empty.com", "a")).toBeUndefined();
    expect(await users("example.com.evil.com", "team/app")).toBeUndefined();
    expect(await users("example.com:5000", "team/app")).toBeUndefined();
  });

  it.each(["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"])(
    "knows Docker Hub as %s",
    async (key) => {
      const world = await worldWith();
      await write(join(world.home, ".docker/config.json"), { auths: { [key]: auth("me") } });
      expect(await find(world, "docker.io", "library/alpine")).toMatchObject({ username: "me" });
    },
  );

  it("reads all that an entry can hold", async () => {
    const world = await worldWith();
    const file = join(world.home, ".docker/config.json");
    for (
      const [entry, expected] of [
        [auth("me", "a:b"), { kind: "password", username: "me", password: "a:b" }],
        [{ username: "me", password: "x" }, { kind: "password", username: "me", password: "x" }],
        [{ ...auth("me"), identitytoken: "id" }, { kind: "identity", token: "id" }],
        [auth("<token>", "id"), { kind: "identity", token: "id" }],
        [{ registrytoken: "reg" }, { kind: "token", token: "reg" }],
      ]
    ) {
      await write(file, { auths: { "example.com": entry } });
      expect(await find(world)).toEqual(expected);
    }
    await write(file, "");
    expect(await find(world)).toBeUndefined();
  });

  it("says which file is broken, and nothing of what is in it", async () => {
    const world = await worldWith();
    const file = join(world.home, ".docker/config.json");
    for (
      const broken of [`{"auths":{"example.com":{"auth":"${SECRET}`, "[]", { auths: [] }, {
        auths: { "example.com": { auth: Buffer.from(SECRET).toString("base64") } },
      }]
    ) {
      await write(file, broken);
      const error = await find(world).catch((e) => e);
      expect(error).toMatchObject({ code: "MALFORMED" });
      expect(error.message).toContain(file);
      for (let e = error; e; e = e.cause) expect(String(e.stack)).not.toContain(SECRET);
    }
  });

  it("asks the helper that the file names, through pipes", async () => {
    const world = await worldWith();
    const folder = await helper(world, "one");
    await helper(world, "two");
    await write(join(folder, "one.kept"), { Username: "me", Secret: SECRET });
    await write(join(folder, "two.kept"), { Username: "<token>", Secret: "id" });
    await write(join(world.home, ".docker/config.json"), {
      auths: { "example.com": {} },
      credHelpers: { "example.com": "one" },
      credsStore: "two",
    });
    expect(await find(world)).toEqual({ kind: "password", username: "me", password: SECRET });
    expect(await readFile(join(folder, "one.asked"), "utf8")).toBe("example.com");
    expect(await find(world, "other.com")).toEqual({ kind: "identity", token: "id" });
    await find(world, "docker.io", "library/alpine");
    expect(await readFile(join(folder, "two.asked"), "utf8")).toBe("https://index.docker.io/v1/");
    expect(await readFile(join(folder, "one.calls"), "utf8")).not.toContain(SECRET);
  });

  it("goes on when the helper has nothing, or is not there", async () => {
    const world = await worldWith();
    await helper(world, "empty");
    const entry = { auths: { "example.com": auth("file") } };
    const notices: string[] = [];
    for (const credsStore of ["empty", "absent"]) {
      await write(join(world.home, ".docker/config.json"), { ...entry, credsStore });
      const found = await findCredentials(
        { host: "example.com", repository: "a" },
        { onNotice: (message) => void notices.push(message) },
        world,
      );
      expect(found).toMatchObject({ username: "file" });
    }
    expect(notices.join()).toMatch(/^the credential helper docker-credential-absent is not/);
  });

  it.each(["../evil", "/bin/sh", "a b", "a;b", "-x", "", "a\nb", "..", "."])(
    "runs no helper of the name %j",
    async (name) => {
      const world = await worldWith();
      await write(join(world.home, ".docker/config.json"), {
        credHelpers: { "example.com": name },
      });
      if (name === "") return expect(await find(world)).toBeUndefined();
      await expect(find(world)).rejects.toMatchObject({ code: "UNSAFE" });
    },
  );

  it("says what a helper says when it fails, fit for a terminal", async () => {
    const world = await worldWith();
    const path = join(world.home, "bin/docker-credential-bad");
    await write(path, "#!/bin/sh\nprintf 'locked\\033[2J'; exit 3");
    await chmod(path, 0o755);
    await write(join(world.home, ".docker/config.json"), { credsStore: "bad" });
    await expect(find(world)).rejects.toMatchObject({
      code: "AUTH",
      message: "docker-credential-bad fails: locked\\u001b[2J",
    });
  });
});

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
