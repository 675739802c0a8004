/**
 * Services in real containers: how they are stopped, killed and started again, and the cases of
 * nix-container-images' own tests, by their names:
 *
 * - env, s6, s6 image, exposed ports, from, minimal size: here, in tests of these names;
 * - nginx: here in `examples/services`, its unit there, too; as NixOS's module in
 *   `nix-functions/modules.ts`;
 * - systemd: here in `examples/systemd-unit`; units of Debian's packages in `debian-units.test.ts`;
 * - nix and readme: in `nix-image.test.ts`, as root and as a user.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Notice } from "../../src/base/notices.ts";
import { build } from "../../src/compose/build.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { checkSpec } from "../../src/compose/spec/read.ts";
import { makeSeccompProfile } from "../../src/services/hardening/seccomp.ts";
import { openBase } from "../../transports/base.ts";
import { attempt, run } from "./support/command.ts";
import { putIntoDocker } from "./support/docker-image.ts";
import { lacks, peers } from "./support/peers.ts";
import { makeServiceRoot } from "./support/service-root.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const engine = () => ["docker", "--host", peers.engines.docker!];
const docker = (...args: string[]) => run([...engine(), ...args]);
const names: string[] = [];
let folder: string;
let number = 0;

interface Built {
  readonly name: string;
  readonly notices: readonly string[];
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

/** Builds an image and puts it into Docker. */
async function built(spec: Spec, below = folder): Promise<Built> {
  const name = `services:${number++}`;
  const notices: string[] = [];
  const onNotice = ({ message }: Notice) => void notices.push(message);
  const whole = await checkSpec({ copyToRoot: "root", copiesInStore: false, ...spec }, "the spec");
  const result = await build(whole, { folder: below, openBase, onNotice });
  await putIntoDocker(result, name);
  return { name, notices, layers: result.image.layers.map(({ descriptor }) => descriptor) };
}

/** Starts a container that goes on. */
async function started(name: string, ...flags: string[]): Promise<string> {
  const container = `c${number++}-services`;
  names.push(container);
  await docker("run", "-d", "--name", container, "--network", "none", ...flags, name);
  return container;
}

async function logsOf(container: string): Promise<string> {
  const { stdout, stderr } = await attempt([...engine(), "logs", container]);
  return stdout + stderr;
}

/** Waits until a container has said a text, so many times. */
async function until(container: string, text: string, times = 1): Promise<void> {
  await expect.poll(async () => (await logsOf(container)).split(text).length - 1)
    .toBeGreaterThanOrEqual(times);
}

async function stop(container: string): Promise<number> {
  await docker("stop", container);
  return Number(await docker("inspect", "-f", "{{.State.ExitCode}}", container));
}

/** Runs a container to its end. */
async function ended(name: string, flags: readonly string[] = [], ...command: string[]) {
  const words = ["run", "--rm", "--network", "none", ...flags, name, ...command];
  const { status, stdout, stderr } = await attempt([...engine(), ...words]);
  return { status, output: `${stdout}${stderr}` };
}

describe.skipIf(lacks("docker", "s6", "root"))("services in containers", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(peers.folder, "services-"));
    await makeServiceRoot(join(folder, "root"));
  });

  afterAll(async () => {
    if (names.length > 0) await attempt([...engine(), "rm", "-f", ...names]);
  });

  test("s6 image, env: services see the container's variables, and their own over those", async () => {
    const { name, layers } = await built({
      config: { Env: ["FROM_IMAGE=image", "BOTH=image"] },
      services: { show: { execStart: ["env", "-0"], environment: { BOTH: "service" } } },
    });
    expect(layers.slice(-2).every(({ size }) => size < 200_000)).toBe(true);
    const { status, output } = await ended(name, [
      ...["-e", "A=x\ny=z ", "-e", "odd.name=o'dd", "-e", "PATH=/opt/x:/usr/bin"],
    ]);
    expect(status).toBe(0);
    expect(output.split("\0")).toEqual(expect.arrayContaining([
      "FROM_IMAGE=image",
      "BOTH=service",
      "A=x\ny=z ",
      "odd.name=o'dd",
      "PATH=/opt/x:/usr/bin",
    ]));
  });

  test("s6: order, logs of both outputs, three starts, a clean stop", async () => {
    const { name } = await built({
      services: {
        pre: { type: "oneshot-pre", script: "echo pre" },
        web: {
          script: "trap 'echo web stops; exit 143' TERM; echo web; echo err >&2; sleep 1000 & wait",
          logPrefix: true,
        },
        post: { type: "oneshot-post", script: "sleep 0.2; echo post" },
      },
    });
    const container = await started(name);
    for (let i = 1; i <= 3; i++) {
      await until(container, "web: web\n", i);
      await until(container, "post\n", i);
      expect(await stop(container)).toBe(0);
      if (i < 3) await docker("start", container);
    }
    const lines = (await logsOf(container)).trimEnd().split("\n");
    expect(lines.filter((line) => line === "pre").length).toBe(3);
    expect(lines.filter((line) => line === "web: web stops").length).toBe(3);
    expect(lines).toContain("web: err");
    expect(lines.some((line) => /fatal|warning/.test(line))).toBe(false);
  });

  test.each([
    ["as a random user", ["--user", "12345:7"]],
    ["with a read-only root and a /run where nothing can be run", [
      "--read-only",
      "--tmpfs",
      "/run:noexec,mode=1777",
      "--user",
      "1000",
    ]],
    ["below another init", ["--init"]],
    ["with a terminal", ["-t"]],
  ])("runs %s", async (_, flags) => {
    const { name } = await built({
      services: {
        pre: { type: "oneshot-pre", script: "echo pre" },
        web: { script: "echo web as $(id -u); echo again > /dev/stderr; exec sleep 1000" },
      },
    });
    const container = await started(name, ...flags);
    await until(container, "again");
    expect(await stop(container)).toBe(0);
  });

  test("a service's user has its home, and may open /dev/stderr; another init's user cannot be it", async () => {
    const { name, notices } = await built({
      services: {
        web: {
          user: "alice",
          stateDirectory: "web",
          script:
            'echo "$USER $HOME $SHELL $(id -G)"; echo again > /dev/stderr; touch /var/lib/web/x',
        },
        other: { script: "exec sleep 1000" },
        end: {
          type: "oneshot-post",
          after: "web",
          script: `until [ -e /var/lib/web/x ]; do sleep 0.1; done; exit 9`,
        },
      },
    });
    expect(notices).toEqual([]);
    const { status, output } = await ended(name);
    expect([status, output]).toEqual([
      9,
      "alice /home/alice /bin/sh 100 7\nagain\ninit: end: it ended with status 9\n",
    ]);
    const refused = await ended(name, ["--user", "12345"]);
    expect(refused).toEqual({
      status: 1,
      output: expect.stringContaining("web: it runs as user alice, and the init is user 12345"),
    });
  });

  test("a daemon of another user is found by its name: who is root here cannot read its variables", async () => {
    const { name } = await built({
      etc: {
        // The kernel knows fifteen letters of it.
        "daemon-with-a-long-name": {
          mode: "0755",
          text: '#!/bin/sh\n[ "$1" ] || { "$0" child & exit; }\n' +
            "trap 'echo daemon ends; exit' TERM\nwhile :; do sleep 0.1; done\n",
        },
      },
      units: [{
        name: "d.service",
        text: "[Service]\nType=forking\nUser=alice\nExecStart=/etc/daemon-with-a-long-name\n",
      }],
      services: { after: { type: "oneshot-post", after: "d", execStart: "echo found" } },
    });
    const container = await started(name);
    await until(container, "found");
    expect(await stop(container)).toBe(0);
    expect(await logsOf(container)).toBe("found\ndaemon ends\n");
  });

  test("a command runs beside the services, with the terminal's input, and its status counts", async () => {
    const { name } = await built({ services: { web: { script: "exec sleep 1000" } } });
    expect((await ended(name, [], "sh", "-c", "exit 5")).status).toBe(5);
    const words = ["run", "--rm", "-i", "--network", "none", name, "cat"];
    const { status, stdout } = await attempt([...engine(), ...words], { input: "through\n" });
    expect([status, stdout.toString()]).toEqual([0, "through\n"]);
  });

  test("INT stops the services", async () => {
    const { name } = await built({
      services: { web: { script: "echo web; exec sleep 1000" } },
    });
    const container = await started(name, "-t");
    await until(container, "web");
    await docker("kill", "--signal", "INT", container);
    expect((await docker("wait", container)).trim()).toBe("0");
  });

  test.skipIf(lacks("script"))("^C at a terminal stops the services as TERM does", async () => {
    const script = (one: string) =>
      `trap 'echo ${one} TERM; exit' TERM; trap 'echo ${one} INT; exit' INT; ` +
      `echo ${one} is up; while :; do sleep 0.1; done`;
    const { name } = await built({
      services: { a: { script: script("a") }, b: { after: "a", script: script("b") } },
    });
    const words = [...engine(), "run", "--rm", "-it", "--network", "none", name].join(" ");
    // It gives them a terminal, and hands on what it gets itself.
    const child = spawn("script", ["-qefc", words, "/dev/null"], { stdio: "pipe" });
    let said = "";
    let asked = false;
    child.stdout.on("data", (chunk) => {
      said += chunk;
      if (asked || !["a is up", "b is up"].every((one) => said.includes(one))) return;
      asked = true;
      child.stdin.write("\x03");
    });
    const [status] = await once(child, "close");
    expect([status, said.slice(said.indexOf("^C"))]).toEqual([0, "^Cb TERM\r\na TERM\r\n"]);
  });

  test("services one above the other that ignore their signals, as their children do, leave Docker nothing to kill", async () => {
    const ignores = "trap '' TERM";
    const script =
      `${ignores}; (${ignores}; while :; do sleep 1; done) & echo up; while :; do sleep 1; done`;
    const { name } = await built({
      services: { a: { script }, b: { script, after: "a" }, c: { script, after: "b" } },
    });
    const container = await started(name);
    await until(container, "up\nup\nup");
    // It kills after ten seconds, and the status would be 137.
    expect(await stop(container)).toBe(0);
  });

  test("zombies are reaped, and a kill leaves a container that starts again", async () => {
    const { name } = await built({
      services: {
        web: { script: "for i in 1 2 3; do sh -c 'sleep 0.1 &'; done; echo web; exec sleep 1000" },
      },
    });
    const container = await started(name);
    await until(container, "web");
    await docker("kill", container);
    await docker("start", container);
    await until(container, "web", 2);
    const zombies = async () => {
      const stats = await docker("exec", container, "sh", "-c", "cat /proc/[0-9]*/stat || :");
      return stats.split("\n").filter((line) => /^\d+ \(.*\) Z/.test(line));
    };
    await expect.poll(zombies).toEqual([]);
    expect(await stop(container)).toBe(0);
  });

  test("from, exposed ports, what else is derived: told, and what the SPEC says stays", async () => {
    const services: Spec["services"] = {
      web: {
        script: "exec sleep 1000",
        user: "alice",
        group: "100",
        readiness: "tcp 8080",
        stateDirectory: "web",
      },
    };
    const one = await built({ services });
    const config = JSON.parse(await docker("inspect", "-f", "{{json .Config}}", one.name));
    expect(config).toMatchObject({
      ExposedPorts: { "8080/tcp": {} },
      Labels: { "io.nixoci.services": "web" },
      Healthcheck: { Test: ["CMD", "/usr/lib/nixoci/healthy"] },
    });
    expect(config.Volumes ?? {}).toEqual({});
    expect(one.notices.length).toBe(2);
    const own = await built({
      services,
      derive: ["ports", "user", "volumes"],
      config: { ExposedPorts: { "1/tcp": {} }, StopSignal: "SIGQUIT", User: "1000" },
    });
    const kept = JSON.parse(await docker("inspect", "-f", "{{json .Config}}", own.name));
    expect(kept).toMatchObject({
      ExposedPorts: { "1/tcp": {} },
      StopSignal: "SIGTERM",
      User: "1000",
      Volumes: { "/var/lib/web": {} },
    });
    expect(kept.Healthcheck).toBeUndefined();
  });

  test("the init's own layer is the same whatever the services are", async () => {
    const digests = [];
    for (const execStart of ["sleep 1", "sleep 2"]) {
      const { layers } = await built({ services: { web: { execStart } } });
      digests.push(layers.map(({ digest }) => digest));
      expect(layers.at(-2)!.size).toBeLessThan(200_000);
    }
    expect(digests[0]!.slice(0, -1)).toEqual(digests[1]!.slice(0, -1));
    expect(digests[0]!.at(-1)).not.toBe(digests[1]!.at(-1));
  });

  test("examples/systemd-unit runs as it says", async () => {
    const below = join(folder, "unit");
    await cp(join(ROOT, "examples/systemd-unit"), below, { recursive: true });
    await cp(join(folder, "root"), join(below, "root"), {
      recursive: true,
      verbatimSymlinks: true,
    });
    const { name, notices } = await built({ units: ["./app.service"] }, below);
    expect(notices.filter((one) => one.includes("app.service:")).length).toBe(2);
    const container = await started(name);
    await until(container, "Hello from a unit on 8080 as app");
    await docker("kill", "--signal", "HUP", container);
    await until(container, "reloaded");
    expect(await stop(container)).toBe(0);
  });

  describe.skipIf(lacks("apt"))("of Debian's packages", () => {
    /** Copies an example, and makes its root; returns why not, where packages cannot be had. */
    async function copyExample(name: string, packages: readonly string[]): Promise<string> {
      const below = join(folder, name);
      await cp(join(ROOT, "examples", name), below, { recursive: true });
      const script = join(ROOT, "examples", name, "make-root.sh");
      const words = [script, join(below, "root"), ...packages];
      const made = await attempt(words, { timeout: 300_000 });
      return made.status === 0 ? "" : `Debian's packages cannot be had: ${made.stderr}`;
    }

    async function specOf(name: string): Promise<Spec> {
      const spec = JSON.parse(await readFile(join(folder, name, "spec.json"), "utf8"));
      const { $schema: _, name: __, ...rest } = spec;
      return rest;
    }

    test("minimal size: examples/small-services is under 25 MB, restricted", async ({ skip }) => {
      const lacking = await copyExample("small-services", []);
      if (lacking) skip(lacking);
      const { name, notices } = await built(
        await specOf("small-services"),
        join(folder, "small-services"),
      );
      expect(Number(await docker("inspect", "-f", "{{.Size}}", name))).toBeLessThan(25e6);
      const [told = ""] = notices.filter((one) => one.includes("meant to run"));
      const [flags = ""] = /--read-only[^;]*/.exec(told) ?? [];
      await writeFile(join(folder, "seccomp.json"), JSON.stringify(makeSeccompProfile()));
      const words = flags.trim().split(" ")
        .map((word) => word.replace("=seccomp.json", `=${join(folder, "seccomp.json")}`));
      const container = await started(name, ...words);
      await until(container, "Hello, world!");
      const health = await attempt([...engine(), "exec", container, "/usr/lib/nixoci/healthy"]);
      expect([health.status, health.stdout.toString()]).toEqual([0, ""]);
      // The profile has no namespaces, and nothing can be written.
      for (const words of [["unshare", "-U", "true"], ["touch", "/x"]]) {
        const tried = await attempt([...engine(), "exec", container, "busybox", ...words]);
        expect(tried.status, words.join(" ")).not.toBe(0);
      }
      expect(await stop(container)).toBe(0);
    }, 400_000);

    test("examples/services: nginx, redis and an app; and the units of these", async ({ skip }) => {
      const packages = ["s6", "dash", "coreutils", "grep", "sed", "nginx", "redis-server"];
      const lacking = await copyExample("services", packages);
      if (lacking) skip(lacking);
      const { name } = await built(await specOf("services"), join(folder, "services"));
      const container = await started(name);
      await until(container, "redis says: Hello from redis");
      const healthy = await attempt([...engine(), "exec", container, "/usr/lib/nixoci/healthy"]);
      expect(healthy.status).toBe(0);
      expect(await stop(container)).toBe(0);
      await runUnits(join(folder, "services"));
    }, 300_000);

    /** Runs the units that came with the packages: one that notifies, and one that forks. */
    async function runUnits(below: string): Promise<void> {
      const dropIns = join(below, "root/etc/systemd/system/redis-server.service.d");
      await mkdir(dropIns, { recursive: true });
      // Debian's scripts would have made these, and the users.
      const folders = "[Service]\nStateDirectory=redis\nLogsDirectory=redis\n";
      await writeFile(join(dropIns, "folders.conf"), folders);
      const system = (group: string) => ({ isSystemUser: true, group });
      const { name } = await built({
        units: ["redis-server.service", "nginx.service"],
        users: { redis: system("redis"), "www-data": system("www-data") },
        groups: { redis: {}, "www-data": {} },
      }, below);
      const container = await started(name);
      const isHealthy = async () =>
        (await attempt([...engine(), "exec", container, "/usr/lib/nixoci/healthy"])).status;
      await expect.poll(isHealthy).toBe(0);
      expect(await docker("exec", container, "redis-cli", "ping")).toContain("PONG");
      expect(await stop(container)).toBe(0);
    }
  });
});
