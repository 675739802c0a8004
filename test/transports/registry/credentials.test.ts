import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findCredentials } from "../../../transports/registry/auth/find-credentials.ts";
import { listAuthPaths } from "../../../transports/registry/auth/file.ts";
import { readRules } from "../../../transports/registry/config/registries-conf.ts";
import { configHomeOf, runtimeDirOf } from "../../../transports/registry/world.ts";
import { auth, find, helper, SECRET, worldWith, write } from "./credentials.ts";

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

  it("says that a file which was named is not there", async () => {
    const world = await worldWith({ NIXOCI_AUTH_FILE: "~/a.json", REGISTRY_AUTH_FILE: "~/b.json" });
    const notices: string[] = [];
    const look = (authFile?: string) =>
      findCredentials(
        { host: "example.com", repository: "a" },
        { authFile, onNotice: ({ message }) => notices.push(message) },
        world,
      );
    await look();
    await look(join(world.home, "given.json"));
    expect(notices).toEqual(
      ["a", "b", "given"].map((name) =>
        `there is no ${join(world.home, name)}.json, where credentials were to be; going on without`
      ),
    );
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

  it("takes no folder from where it happens to be for the user's", async () => {
    const world = await worldWith({ XDG_CONFIG_HOME: "", XDG_RUNTIME_DIR: "run" });
    expect(listAuthPaths(undefined, world)).toEqual([
      join(world.home, ".docker/config.json"),
      join(world.home, ".config/containers/auth.json"),
    ]);
    expect([configHomeOf(world), runtimeDirOf(world)]).toEqual([
      join(world.home, ".config"),
      undefined,
    ]);
    const relative = { ...world, env: { XDG_CONFIG_HOME: "./conf" } };
    expect(configHomeOf(relative)).toBe(join(world.home, ".config"));
    // The files that rules and certificates are read from are found with the same function.
    await write(
      join(world.home, ".config/containers/registries.conf"),
      `[[registry]]\nlocation="a"`,
    );
    expect(await readRules(undefined, world)).toHaveLength(1);
  });

  it("reads all that an entry can hold", async () => {
    const world = await worldWith();
    const file = join(world.home, ".docker/config.json");
    for (
      const [entry, expected] of [
        [auth("me", "a:b"), { kind: "password", username: "me", password: "a:b" }],
        [{ username: "me", password: "x" }, { kind: "password", username: "me", password: "x" }],
        [{ identitytoken: "id" }, { kind: "identity", token: "id" }],
        [{ ...auth("me"), identitytoken: "id" }, {
          kind: "identity",
          token: "id",
          username: "me",
        }],
        [{ username: "me", identitytoken: "id" }, {
          kind: "identity",
          token: "id",
          username: "me",
        }],
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
        { onNotice: ({ message }) => void notices.push(message) },
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
      message: "docker-credential-bad fails: locked\\x1b[2J",
    });
  });
});
