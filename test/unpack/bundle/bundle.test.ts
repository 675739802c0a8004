/** Bundles: what of an image's config runtimes are told. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeBundle } from "../../../src/unpack/bundle/mod.ts";
import { runtimeConfigOf } from "../../../src/unpack/bundle/runtime-config.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { file, imageOfLayers, treeOf } from "../support.ts";

const USER = { uid: 0, gid: 0, additionalGids: [], home: "/root" };

async function bundled(layer: Parameters<typeof imageOfLayers>[0][number], config = {}) {
  const folder = await temporaryFolder();
  const notices: string[] = [];
  await writeBundle(await imageOfLayers([layer], config), join(folder, "out"), {
    onNotice: ({ message }) => void notices.push(message),
  });
  expect(readdirSync(folder)).toEqual(["out"]);
  const out = join(folder, "out");
  return { out, notices, config: JSON.parse(readFileSync(join(out, "config.json"), "utf8")) };
}

describe("bundle", () => {
  it("has a root file system and a config, for its owner only", async () => {
    const { out, config } = await bundled({ "bin/sh": file("#!") }, { Cmd: ["/bin/sh"] });
    expect(treeOf(join(out, "rootfs"))).toEqual(["bin/ 755", "bin/sh 644 #!"]);
    expect(readdirSync(out).sort()).toEqual(["config.json", "rootfs"]);
    expect(statSync(out).mode & 0o7777).toBe(0o700);
    expect(config.root).toEqual({ path: "rootfs", readonly: false });
    expect(config.process.args).toEqual(["/bin/sh"]);
  });

  it("looks the user up in the image", async () => {
    const { config } = await bundled({
      "etc/passwd": file("app:x:1000:1001::/home/app:/bin/sh\n"),
      "etc/group": file("media:x:50:app\n"),
    }, { User: "app" });
    // Without root there is but one user.
    const user = process.getuid?.() === 0
      ? { uid: 1000, gid: 1001, additionalGids: [50] }
      : { uid: 0, gid: 0 };
    expect(config.process.user).toEqual(user);
    expect(config.process.env).toContain("HOME=/home/app");
  });

  it("does not look beyond the image", async () => {
    const folder = await temporaryFolder();
    const image = await imageOfLayers([{
      "etc/passwd": { type: "symlink", linkpath: "../../../../../../../../etc/passwd" },
    }], { User: "daemon" });
    const making = writeBundle(image, join(folder, "out"));
    await expect(making).rejects.toThrow(/"daemon", but its \/etc\/passwd does not know it/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is for Linux", async () => {
    expect(() => runtimeConfigOf({ os: "windows" }, USER)).toThrow(/the image is for windows/);
  });
});

describe("runtimeConfig", () => {
  it("says what the image says", () => {
    const config = runtimeConfigOf({
      os: "linux",
      architecture: "arm64",
      author: "me",
      created: "2020-01-01T00:00:00Z",
      config: {
        Entrypoint: ["/init", "--"],
        Cmd: ["run"],
        Env: ["PATH=/bin", "A=b"],
        WorkingDir: "srv/app",
        Hostname: "box",
        StopSignal: "SIGINT",
        Volumes: { "/data": {}, "cache": {} },
        ExposedPorts: { "80/tcp": {}, "53/udp": {} },
        Labels: { own: "1", "org.opencontainers.image.author": "you" },
      },
    }, { ...USER, uid: 5, gid: 6, additionalGids: [7] });
    expect(config).toMatchObject({
      process: {
        args: ["/init", "--", "run"],
        env: ["PATH=/bin", "A=b", "HOME=/root"],
        cwd: "/srv/app",
        user: { uid: 5, gid: 6, additionalGids: [7] },
        noNewPrivileges: true,
      },
      hostname: "box",
      annotations: {
        "own": "1",
        "org.opencontainers.image.os": "linux",
        "org.opencontainers.image.architecture": "arm64",
        "org.opencontainers.image.author": "you",
        "org.opencontainers.image.created": "2020-01-01T00:00:00Z",
        "org.opencontainers.image.stopSignal": "SIGINT",
        "org.opencontainers.image.exposedPorts": "80/tcp,53/udp",
      },
    });
    const volumes = (config["mounts"] as { destination: string }[]).slice(-2);
    expect(volumes.map(({ destination }) => destination)).toEqual(["/cache", "/data"]);
  });

  it("begins as runc does where the image says nothing", () => {
    const config = runtimeConfigOf({}, USER);
    expect(config).toMatchObject({ process: { args: ["sh"], cwd: "/" }, hostname: "nixoci" });
    expect(JSON.stringify(config)).toContain('"PATH=/usr/local/sbin:');
    expect(runtimeConfigOf({ config: null }, USER, { special: true })).toMatchObject({
      process: { noNewPrivileges: false },
    });
  });

  it("makes the one who runs it root, without root", () => {
    const { linux, mounts } = runtimeConfigOf({}, USER, { rootless: { uid: 1000, gid: 100 } }) as {
      linux: Record<string, unknown>;
      mounts: unknown;
    };
    expect(linux).toMatchObject({
      uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: 100, size: 1 }],
    });
    expect(linux["resources"]).toBeUndefined();
    expect(linux["namespaces"]).toContainEqual({ type: "user" });
    expect(linux["namespaces"]).not.toContainEqual({ type: "network" });
    expect(JSON.stringify(mounts)).not.toContain("gid=5");
  });
});
