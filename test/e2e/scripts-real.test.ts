/**
 * The servers of dockerTools' manual and examples, redis and nginx: users and folders by `runAsRoot`,
 * then the real programs in Docker. They are Debian's.
 */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build } from "../../src/compose/build.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { attempt, run } from "./support/command.ts";
import { putIntoDocker } from "./support/docker-image.ts";
import { lacks, peers } from "./support/peers.ts";

const MAKE_ROOT = fileURLToPath(
  new URL("../../examples/services/make-root.sh", import.meta.url),
);
const PACKAGES = ["bash", "coreutils", "passwd", "nginx-light", "redis-server"];
const engine = () => ["docker", "--host", peers.engines.docker!];
const containers: string[] = [];
let folder: string;
/** Why Debian's packages cannot be had. */
let missing: string | undefined;

/** Builds an image of the packages, and starts it in Docker. */
async function started(name: string, spec: Spec): Promise<string> {
  const result = await build({ copyToRoot: ["root", "web"], copiesInStore: false, ...spec }, {
    folder,
  });
  await putIntoDocker(result, name);
  containers.push(name);
  await run([...engine(), "run", "-d", "--name", name, "--network", "none", name]);
  return name;
}

/** Runs a script in a container until it succeeds: the server has to begin first. */
async function until(name: string, script: string): Promise<string> {
  for (;;) {
    const { status, stdout } = await attempt([...engine(), "exec", name, "bash", "-c", script]);
    if (status === 0) return stdout.toString();
    const running = await run([...engine(), "inspect", "-f", "{{.State.Running}}", name]);
    if (running.trim() !== "true") {
      const { stdout, stderr } = await attempt([...engine(), "logs", name]);
      throw new Error(`${name} has ended: ${stdout}${stderr}`);
    }
    await setTimeout(100);
  }
}

describe.skipIf(lacks("root", "docker", "apt", "tar"))("servers of Debian", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(peers.folder, "servers-"));
    await mkdir(join(folder, "web/web"), { recursive: true });
    await writeFile(join(folder, "web/web/index.html"), "Hello World from NGINX\n");
    const conf = [
      "user nginx nginx; daemon off; error_log /dev/stderr info; pid /dev/null;",
      "events {} http { access_log /dev/stdout;",
      "server { listen 80; index index.html; location / { root /web; } } }\n",
    ];
    await writeFile(join(folder, "web/nginx.conf"), conf.join("\n"));
    const { status, stderr } = await attempt([MAKE_ROOT, join(folder, "root"), ...PACKAGES]);
    if (status !== 0) missing = stderr;
  }, 300_000);

  afterAll(async () => {
    if (containers.length > 0) await attempt([...engine(), "rm", "-f", ...containers]);
  });

  test("redis is a user of its own, and its folder is there", async ({ skip }) => {
    if (missing !== undefined) skip(`Debian's packages cannot be had: ${missing}`);
    const redis = await started("servers-redis", {
      runAsRoot: [
        "groupadd -r redis",
        "useradd -r -g redis -d /data -M redis",
        "mkdir /data",
        "chown redis:redis /data",
      ].join("\n"),
      config: {
        Cmd: ["/usr/bin/redis-server", "--save", ""],
        User: "redis",
        WorkingDir: "/data",
        Volumes: { "/data": {} },
      },
    });
    expect(await until(redis, "redis-cli set greeting hello && redis-cli save")).toBe("OK\nOK\n");
    const said = await until(redis, "redis-cli get greeting; stat -c %U:%G /data /data/dump.rdb");
    expect(said).toBe("hello\nredis:redis\nredis:redis\n");
  }, 120_000);

  test("nginx serves a page, and its workers are the user that was made", async ({ skip }) => {
    if (missing !== undefined) skip(`Debian's packages cannot be had: ${missing}`);
    const nginx = await started("servers-nginx", {
      runAsRoot: [
        "groupadd --system nginx",
        "useradd --system --gid nginx nginx",
        "mkdir -p /var/log/nginx /var/lib/nginx",
      ].join("\n"),
      config: { Cmd: ["nginx", "-c", "/nginx.conf"], ExposedPorts: { "80/tcp": {} } },
    });
    const get = "exec 3<>/dev/tcp/127.0.0.1/80; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3";
    expect(await until(nginx, get)).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nHello World from NGINX\n$/,
    );
    const list = "for one in /proc/[0-9]*; do read -r _ name < $one/status; " +
      '[ "$name" != nginx ] || stat -c %U $one; done';
    const owners = await until(nginx, list);
    expect(new Set(owners.trim().split("\n"))).toEqual(new Set(["root", "nginx"]));
  }, 120_000);
});
