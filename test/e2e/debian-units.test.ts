/**
 * Twenty-one units of Debian's packages, run in one container. Their packages are large: this runs
 * where `NIXOCI_UNITS` names a folder, in which they are unpacked, and stay for the next time.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { build } from "../../src/compose/build.ts";
import { checkSpec } from "../../src/compose/spec/read.ts";
import { openBase } from "../../transports/base.ts";
import { attempt, run } from "./support/command.ts";
import { putIntoDocker } from "./support/docker-image.ts";
import { lacks, peers } from "./support/peers.ts";

const FOLDER = process.env["NIXOCI_UNITS"] ?? "";
const MAKE_ROOT = fileURLToPath(new URL("../../examples/services/make-root.sh", import.meta.url));
const CONTAINER = "debian-units";

// deno-fmt-ignore
const PACKAGES = ["s6", "dash", "coreutils", "grep", "sed", "findutils", "mawk", "cron", "at", "anacron",
  "redis-server", "nginx", "openssh-server", "dnsmasq", "tinyproxy", "beanstalkd", "mosquitto",
  "haproxy", "rsync", "vsftpd", "unbound", "privoxy", "ngircd", "rsyslog", "uptimed", "oidentd",
  "openbsd-inetd", "logrotate"];

/** By their own names; openbsd-inetd is an alias. */
// deno-fmt-ignore
const UNITS = ["anacron", "atd", "beanstalkd", "cron", "dnsmasq", "haproxy", "inetd", "logrotate",
  "mosquitto", "nginx", "ngircd", "oidentd", "privoxy", "redis-server", "rsync", "rsyslog", "ssh",
  "tinyproxy", "unbound", "uptimed", "vsftpd"];

// deno-fmt-ignore
const GROUPS = ["redis", "www-data", "tinyproxy", "beanstalkd", "mosquitto", "haproxy", "unbound",
  "irc", "daemon", "oident", "crontab", "ssl-cert", "adm", "utmp"];

const USERS = {
  ...Object.fromEntries(
    GROUPS.slice(0, 10).map((name) => [name, { isSystemUser: true, group: name }]),
  ),
  ...Object.fromEntries(
    ["sshd", "dnsmasq", "privoxy", "ftp"].map((
      name,
    ) => [name, { isSystemUser: true, group: "nogroup" }]),
  ),
};

/** What the packages' own scripts would have made. */
const DROP_INS = {
  beanstalkd: "StateDirectory=beanstalkd",
  haproxy: "RuntimeDirectory=haproxy\nStateDirectory=haproxy",
  logrotate: "StateDirectory=logrotate",
  "redis-server": "StateDirectory=redis\nLogsDirectory=redis",
  ssh: "ExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t",
  tinyproxy: "RuntimeDirectory=tinyproxy",
  unbound: "ExecStartPre=-/bin/rm /etc/unbound/unbound.conf.d/root-auto-trust-anchor-file.conf",
  uptimed: "StateDirectory=uptimed",
};

const ETC = {
  ...Object.fromEntries(
    Object.entries(DROP_INS).map((
      [name, lines],
    ) => [`systemd/system/${name}.service.d/test.conf`, { text: `[Service]\n${lines}\n` }]),
  ),
  "inetd.conf": { text: "discard stream tcp nowait root internal\n" },
  "privoxy/config": { text: "listen-address 127.0.0.1:8118\nlogdir /var/log\n" },
  "rsyncd.conf": { text: "[all]\npath = /srv\n" },
  "ssh/sshd_config": { text: "UsePAM no\n" },
  "unbound/unbound.conf.d/test.conf": {
    text: "server:\n  interface: 127.0.0.1@5335\n  do-ip6: no\n",
  },
};

const docker = (...words: string[]) => ["docker", "--host", peers.engines.docker!, ...words];

describe.skipIf(lacks("docker", "apt", "root") || FOLDER === "")(
  "units of Debian's packages",
  () => {
    afterAll(async () => void await attempt(docker("rm", "-f", CONTAINER)));

    test("run, each as its unit says, and all stop", async () => {
      const root = join(FOLDER, "root");
      if (!existsSync(root)) await run([MAKE_ROOT, root, ...PACKAGES], { timeout: 900_000 });
      const spec = {
        copyToRoot: root,
        copiesInStore: false,
        units: UNITS.map((name) => `${name === "inetd" ? "openbsd-inetd" : name}.service`),
        users: USERS,
        groups: Object.fromEntries(GROUPS.map((name) => [name, {}])),
        etc: ETC,
      };
      const whole = await checkSpec(spec, "the spec");
      const result = await build(whole, { folder: FOLDER, openBase, onNotice: () => {} });
      await putIntoDocker(result, "debian-units:1");
      const flags = [
        "--name",
        CONTAINER,
        "--network",
        "none",
        "--env",
        "S6_DONT_TERMINATE_ON_ERROR=",
      ];
      await run(docker("run", "-d", ...flags, "debian-units:1"));
      const marks = async () => {
        const words = docker("exec", CONTAINER, "sh", "-c", "cd /run/init/init.0/.marks; grep . *");
        return (await attempt(words)).stdout.toString().trim().split("\n").sort();
      };
      // Logrotate is a oneshot.
      await expect.poll(marks, { timeout: 240_000 }).toEqual(
        UNITS.map((name) => `${name}:${name === "logrotate" ? "ended" : "ready"}`).sort(),
      );
      const healthy = await attempt(docker("exec", CONTAINER, "/usr/lib/nixoci/healthy"));
      expect([healthy.status, healthy.stdout.toString()]).toEqual([0, ""]);
      await run(docker("stop", CONTAINER));
      const status = await run(docker("inspect", "-f", "{{.State.ExitCode}}", CONTAINER));
      expect(status.trim()).toBe("0");
    }, 1_800_000);
  },
);
