/** `run` by a user who has no subordinate IDs: fakeroot keeps the owners that commands set. */
import type { Buffer } from "node:buffer";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chownSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveImage } from "../../../../src/steps/one-image.ts";
import { readTar } from "../../../../src/tar/read.ts";
import { openSource } from "../../../../transports/mod.ts";
import {
  busyboxLayer,
  CANNOT_RUN,
  describeEntries,
  folder,
  layerOf,
  writeLayout,
} from "../../../sandbox/support.ts";
import { folderToDispose } from "../../../support/folder.ts";
import { lacks } from "../../../support/tools.ts";
import { LAUNCHER, type Outcome, RUN, spawned } from "../../run.ts";

/** A user that nobody has given subordinate IDs. */
const USER = 54_321;

/** Whether such a user can be had here, may make namespaces, read this code, and has fakeroot. */
const CANNOT_FAKE = CANNOT_RUN || process.getuid?.() !== 0 || lacks("fakeroot", "ldd") ||
  !canBeUser() || !/ld-linux/.test(execFileSync("ldd", ["/bin/sh"], { encoding: "utf8" }));

/** The version of Linux: 6.07 for 6.7. */
const [major, minor] = release().split(".").map(Number) as [number, number];
const RELEASE = major + minor / 100;

let place: string;
let dispose: () => Promise<void>;

function canBeUser(): boolean {
  const options = { uid: USER, gid: USER };
  return spawnSync("unshare", ["--user", "--mount", "true"], options).status === 0 &&
    spawnSync(execPath, [...RUN, LAUNCHER, "--version"], { ...options, env: env("/tmp") })
        .status === 0;
}

function env(home: string): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { PATH, HOME: home, NIXOCI_CACHE_DIR: join(home, "cache"), DENO_DIR: join(home, "deno") };
}

/** Hides a part of `/proc`, as engines do, for the program that follows. */
const HIDE = 'mount --bind /dev/null /proc/cmdline && exec "$@"';

function canRun([program, ...words]: readonly string[]): boolean {
  return spawnSync(program!, [...words, "true"]).status === 0;
}

/** This machine's programs that load glibc, and what they load. */
function listPrograms(): { path: string; mode: number; data: Buffer }[] {
  const names = "sh chown chmod env mkdir mknod ln".split(" ");
  const programs = names.map((name) => {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  });
  const loaded = programs.map((one) => execFileSync("ldd", [one], { encoding: "utf8" }))
    .flatMap((text) => text.match(/\/[^ )]+/g) ?? []);
  const files = [...new Set(loaded)].map((path) => ({ path: path.slice(1), from: path }));
  return [
    ...files,
    ...programs.map((from, i) => ({ path: `glibc/${names[i]}`, from })),
  ].map(({ path, from }) => ({ path, mode: 0o755, data: readFileSync(from) }));
}

beforeAll(async () => {
  if (CANNOT_FAKE) return;
  ({ path: place, dispose } = await folderToDispose());
  const layer = await busyboxLayer([{ path: "data/www", uid: 33, gid: 33, data: "w" }]);
  const programs = await layerOf([folder("glibc"), ...listPrograms()]);
  await writeLayout([layer, programs], `oci-dir:${place}/base:latest`, {
    created: "2024-05-06T07:08:09Z",
    config: { Env: ["PATH=/glibc:/bin"] },
  });
  chownSync(place, USER, USER);
  for (const name of readdirSync(place, { recursive: true })) {
    lchownSync(join(place, String(name)), USER, USER);
  }
});

afterAll(() => dispose?.());

const wordsOf = (
  command: readonly string[],
) => [...RUN, LAUNCHER, "run", "oci-dir:base", "oci-dir:made", "--", ...command];

function runAsUser(...command: readonly string[]): Promise<Outcome> {
  const options = { cwd: place, env: env(place), uid: USER, gid: USER };
  return spawned(execPath, wordsOf(command), "", options);
}

describe.skipIf(CANNOT_FAKE)("nixoci run by a user with one ID", () => {
  it("keeps owners, modes and devices", async () => {
    const line = "chown 5:6 /data/a; echo n > /data/n; chown 7:8 /data/n; chmod 4750 /data/n; " +
      "ln /data/n /data/n2; mkdir /q; chown 9:9 /q; mknod /data/dev c 5 300; chmod 640 /data/www; " +
      "ln -s x /data/l; chown -h 3:3 /data/l";
    const { stderr, status } = await runAsUser("sh", "-ec", line);
    expect([stderr, status]).toEqual([expect.not.stringContaining("cannot change owners"), 0]);
    const source = await openSource(`oci-dir:${place}/made`);
    const { layers } = await resolveImage(source);
    const entries = [];
    for await (const { entry } of readTar(layers.at(-1)!.open())) entries.push(entry);
    await source[Symbol.asyncDispose]();
    expect(describeEntries(entries)).toEqual([
      "755 0:0 data/",
      "644 5:6 data/a",
      "644 0:0 data/dev",
      "777 3:3 data/l symlink x",
      "4750 7:8 data/n",
      "4750 7:8 data/n2 hardlink data/n",
      "640 33:33 data/www",
      "755 9:9 q/",
    ]);
    const { type, devmajor, devminor } = entries[2]!;
    expect({ type, devmajor, devminor }).toEqual({ type: "char", devmajor: 5, devminor: 300 });
  });

  it("stops, by name, at programs that fakeroot does not see", async () => {
    const copied = await runAsUser("sh", "-ec", "busybox cp -a /data/www /x");
    expect(copied.stderr).toContain(
      RELEASE >= 6.07
        ? "nixoci: /bin/busybox is a static program"
        : "cannot refuse static programs",
    );
    expect(copied.status).toBe(RELEASE >= 6.07 ? 1 : 0);
    const first = await runAsUser("/bin/busybox", "sh", "-ec", "chown 5:6 /data/a");
    expect(first.stderr).toContain("fakeroot sees only programs that load glibc");
    expect(first.stderr).toContain("exit status 1");
    expect(readdirSync(join(place, "cache/runs"))).toEqual([]);
  });

  it("says why subordinate IDs that there are cannot be used", async () => {
    const fake = join(place, "fake");
    mkdirSync(fake);
    const write = (name: string, line: string) =>
      writeFileSync(join(fake, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    write("getsubids", "echo 0: user 300000 65536");
    write("newuidmap", "echo 'write to uid_map failed: Operation not permitted' >&2; exit 1");
    const { PATH, ...rest } = env(place);
    const { stderr, status } = await spawned(
      execPath,
      wordsOf(["/bin/busybox", "sh", "-ec", "chown 5:6 /data/a"]),
      "",
      { cwd: place, env: { ...rest, PATH: `${fake}:${PATH}` }, uid: USER, gid: USER },
    );
    const why =
      `this user's subordinate IDs cannot be used (a user namespace with subordinate IDs: ${fake}/newuidmap ` +
      "(mode 0755): write to uid_map failed: Operation not permitted)";
    expect(stderr).toContain(`the command cannot change owners: ${why}`);
    expect(stderr).toContain(`if it changes owners or users: ${why}`);
    expect(status).toBe(1);
  });

  const hidden = ["unshare", "--mount", "sh", "-c", HIDE, "sh"];

  it.skipIf(!canRun(hidden))("tells of a /proc that is not the command's alone", async () => {
    const user = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups", execPath];
    const [program, ...words] = [...hidden, ...user, ...wordsOf(["sh", "-c", "true"])];
    const options = { cwd: place, env: env(place) };
    const { stderr, status } = await spawned(program!, words, "", options);
    expect(stderr).toContain("the command sees the processes around it in /proc");
    expect(status).toBe(0);
  });
});
