/** `export --dir` and `--bundle` beside umoci and the runtimes, without root, and when they fail. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { openSink } from "../../transports/mod.ts";
import { sourceOf } from "../support/images.ts";
import { imageOfLayers } from "../unpack/support.ts";
import { attempt, nixociCommand, run, runBytes } from "./support/command.ts";
import { nixoci, originOf } from "./support/copying.ts";
import { interrupt } from "./support/interrupt.ts";
import { buildah } from "./support/images/buildah.ts";
import { docker } from "./support/images/docker.ts";
import { umoci } from "./support/images/umoci.ts";
import { lacks, peers } from "./support/peers.ts";

const folder = join(peers.env["TMPDIR"]!, "unpacked");
const MANY = `oci-dir:${join(folder, "many")}:image`;

beforeAll(async () => {
  await mkdir(folder);
  // nobody shall come here, too
  for (const path of [peers.folder, peers.env["TMPDIR"]!, folder]) await chmod(path, 0o755);
  const files = (layer: number) =>
    Object.fromEntries(
      Array.from(
        { length: 1500 },
        (_, i) => [`usr/${layer}/${i % 50}/${i}`, Buffer.alloc(8000, i)],
      ),
    );
  const busybox = await readFile("/bin/busybox").catch(() => Buffer.alloc(0));
  const base = [
    ["bin/busybox", busybox],
    ["bin/sh", { type: "symlink", linkpath: "busybox" }],
    ["etc/passwd", Buffer.from("root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home:/bin/sh\n")],
    ["owned", { uid: 1234, gid: 4321, mode: 0o400 }],
    ["hidden", { uid: 1234, mode: 0, xattrs: new Map([["user.a", Buffer.from("b")]]) }],
    ["owned-dir", { type: "directory", uid: 5, gid: 6, mode: 0o555 }],
  ] as const;
  const config = {
    Cmd: ["/bin/busybox", "sh", "-c", "id -u; pwd"],
    User: "app",
    WorkingDir: "/usr",
  };
  const image = await imageOfLayers([base, files(1), files(2)], config);
  const sink = await openSink(MANY);
  await copy(sourceOf({ image }), sink);
  await sink[Symbol.asyncDispose]();
});

describe("beside umoci", () => {
  const MAKERS = [docker, buildah, umoci];

  for (const maker of MAKERS) {
    test.skipIf(lacks(maker, "umoci", "skopeo", "root", "tar"))(
      `the image of ${maker.name} is the same tree`,
      async () => {
        const layout = join(folder, `${maker.name}-layout`);
        await run(["skopeo", "copy", originOf(maker), `oci:${layout}:image`], { env: peers.env });
        const [ours, theirs] = ["ours", "theirs"].map((who) =>
          join(folder, `${maker.name}-${who}`)
        );
        await run([
          "umoci",
          "raw",
          "unpack",
          "--keep-dirlinks",
          "--image",
          `${layout}:image`,
          theirs!,
        ]);
        const { status, stderr } = await nixoci([
          "export",
          `oci-dir:${layout}:image`,
          "--special",
          "--dir",
          ours!,
        ]);
        expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
        expect(await facts(ours!)).toEqual(await facts(theirs!));
      },
    );
  }
});

/** Every entry with all that tar can say of it; directories' times are umoci's own, where implied. */
async function facts(root: string): Promise<string[]> {
  const names = await run([
    "find",
    ".",
    "-mindepth",
    "1",
    "-printf",
    "%y %#m %U:%G %n %s %T@ %p %l\\n",
  ], {
    cwd: root,
  });
  const attributes = await run([
    "tar",
    "--format=posix",
    "--xattrs",
    "--xattrs-include=*",
    "--sort=name",
    "--pax-option=delete=?time",
    "--mtime=@0",
    "-cf",
    "-",
    ".",
  ], { cwd: root }).then((tar) => tar.length);
  const lines = names.trim().split("\n").map((line) => {
    return line.startsWith("d ") ? line.replace(/^(d \S+ \S+) .*? (\.\/.*)$/, "$1 $2") : line;
  });
  return [...lines.sort(), String(attributes)];
}

describe("a bundle", () => {
  // crun refuses machines with both kinds of control groups; in a mount namespace there is one.
  const RUNTIMES = {
    runc: ["runc", "run"],
    crun: [
      "unshare",
      "--mount",
      "sh",
      "-c",
      'umount /sys/fs/cgroup/unified 2>/dev/null; exec crun run "$@"',
      "-",
    ],
  };

  for (const [runtime, command] of Object.entries(RUNTIMES)) {
    test.skipIf(lacks(runtime as "runc", "busybox", "root"))(
      `is started by ${runtime}`,
      async () => {
        const bundle = join(folder, `${runtime}-bundle`);
        expect(await nixoci(["export", MANY, "--bundle", bundle])).toMatchObject({ status: 0 });
        await chmod(join(bundle, "rootfs/bin/busybox"), 0o755);
        const result = await attempt([...command, "--bundle", bundle, `nixoci-${process.pid}`], {
          env: peers.env,
        });
        expect({ ...result, stdout: result.stdout.toString() }).toMatchObject({
          status: 0,
          stdout: "1000\n/usr\n",
        });
      },
    );
  }
});

describe("without root", () => {
  const AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

  test.skipIf(lacks("root", "tar"))("owners are written down, and the tree is whole", async () => {
    const home = join(folder, "nobody");
    await mkdir(home);
    await chmod(home, 0o777);
    const out = join(home, "out");
    const command = [...AS_NOBODY, ...nixociCommand("export", MANY, "--dir", out)];
    const env = { ...peers.env, HOME: home, TMPDIR: home };
    // The sources may lie where only root can read them.
    const { status, stderr } = await attempt(command, { env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(
      await run(["stat", "-c", "%a %u %n", "owned", "hidden", "owned-dir", "usr/1"], { cwd: out }),
    ).toBe(
      "400 65534 owned\n0 65534 hidden\n555 65534 owned-dir\n755 65534 usr/1\n",
    );
    const tar = [
      "tar",
      "--format=posix",
      "--xattrs",
      "--xattrs-include=*",
      "-cf",
      "-",
      "owned",
      "owned-dir",
    ];
    const archive = (await runBytes(tar, { cwd: out })).toString("latin1");
    const attribute = "SCHILY.xattr.user.rootlesscontainers=";
    expect(archive).toContain(`${attribute}\x08\xd2\x09\x10\xe1\x21\n`);
    expect(archive).toContain(`${attribute}\x08\x05\x10\x06\n`);
  });

  test.skipIf(lacks("root"))("a folder that may not be written to is named", async () => {
    const words = nixociCommand("export", MANY, "--dir", "/nowhere-for-nobody");
    const { status, stderr } = await attempt([...AS_NOBODY, ...words], {
      env: { ...peers.env, HOME: "/nonexistent" },
    });
    expect(stderr).toMatch(
      /^nixoci: Cannot unpack to \/nowhere-for-nobody: [^\n]*permission denied[^\n]*\n$/,
    );
    expect(status).toBe(1);
  });
});

describe("a failure", () => {
  test.skipIf(lacks("root")).for(["size=4m", "nr_inodes=100"])(
    "of a disk with %s leaves nothing",
    async (option) => {
      const disk = join(folder, option);
      await mkdir(disk);
      await run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", disk]);
      try {
        for (const target of [disk, join(disk, "out")]) {
          const { status, stderr } = await nixoci(["export", MANY, "--dir", target]);
          expect(stderr).toMatch(/^nixoci: [^\n]*no space left on device[^\n]*\n$/);
          expect(status).toBe(1);
          expect(await readdir(disk)).toEqual([]);
        }
      } finally {
        await run(["umount", disk]);
      }
    },
  );

  test.skipIf(lacks("root"))("of none: a mounted directory is filled", async () => {
    const disk = join(folder, "mounted");
    await mkdir(disk);
    await run(["mount", "-t", "tmpfs", "tmpfs", disk]);
    try {
      expect(await nixoci(["export", MANY, "--dir", disk])).toMatchObject({ status: 0 });
      expect((await readdir(disk)).sort()).toEqual([
        "bin",
        "etc",
        "hidden",
        "owned",
        "owned-dir",
        "usr",
      ]);
    } finally {
      await run(["umount", disk]);
    }
  });

  test.for([["SIGINT", 130], ["SIGTERM", 143]] as const)(
    "by %s leaves nothing",
    async ([signal, expected]) => {
      const home = join(folder, signal);
      const beginAnew = async () => {
        await rm(home, { recursive: true, force: true });
        await mkdir(home);
        return begin(join(home, "out"));
      };
      const end = await interrupt(signal, beginAnew, async () => (await readdir(home)).length > 0);
      expect(end[0]).toBe(expected);
      expect(await readdir(home)).toEqual([]);
    },
  );

  test("by SIGKILL leaves what the next run removes", async () => {
    const home = join(folder, "killed");
    await mkdir(home);
    const started = Date.now();
    await once(begin(join(home, "whole")), "exit");
    const whole = Date.now() - started;
    let killed = 0;
    for (let round = 1; round <= 3; round++) {
      const child = begin(join(home, `out-${round}`));
      const ended = once(child, "exit");
      await sleep(whole * round / 4);
      if (child.exitCode === null) process.kill(child.pid!, "SIGKILL");
      if ((await ended)[1] !== "SIGKILL") continue;
      killed++;
      // Nothing has a name that is not whole.
      expect((await readdir(home)).filter((name) => name.startsWith("out"))).toEqual([]);
      await once(begin(join(home, "next")), "exit");
      expect((await readdir(home)).sort()).toEqual(["next", "whole"]);
      await run(["rm", "-r", join(home, "next")]);
    }
    expect(killed).toBeGreaterThan(0);
  });
});

function begin(out: string) {
  const [program = "", ...args] = nixociCommand("export", MANY, "--quiet", "--dir", out);
  return spawn(program, args, { env: peers.env, stdio: "ignore" });
}
