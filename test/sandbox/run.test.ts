/** What commands see, what they leave, and how they end. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Layer } from "../../src/image/root.ts";
import { SCRIPT_PATH } from "../../src/sandbox/mod.ts";
import { folderToDispose } from "../support/folder.ts";
import {
  busyboxLayer,
  CAN_LIMIT,
  CANNOT_RUN,
  describeEntries,
  disposeCache,
  folder,
  layerOf,
  runOn,
  sharedCache,
} from "./support.ts";

/** What no other process here does. */
const SLEEP = `sleep 9${process.pid}`;

let base: Layer;

beforeAll(async () => {
  base = await busyboxLayer([
    folder("dev"),
    { path: "dev/null", type: "char", devmajor: 1, devminor: 3, mode: 0o666 },
    { path: "etc/far", uid: 205001, gid: 5000, data: "far" },
    { path: "data/www", uid: 33, gid: 33, data: "w" },
    { path: "etc/caps", data: "x", xattrs: new Map([["user.note", Buffer.from("n")]]) },
  ]);
});

afterAll(disposeCache);

/** What a line of a shell leaves, entry by entry. */
async function changesOf(line: string): Promise<string[]> {
  return describeEntries((await runOn([base], line)).entries);
}

describe.skipIf(CANNOT_RUN)("the layer of a command", () => {
  it("has what was written, with the folders above it", async () => {
    const { entries, texts } = await runOn([base], "echo hi > /data/new; mkdir -m 700 -p /a/b");
    expect(describeEntries(entries)).toEqual([
      "755 0:0 a/",
      "700 0:0 a/b/",
      "755 0:0 data/",
      "644 0:0 data/new",
    ]);
    expect(texts["data/new"]).toBe("hi\n");
    expect(entries.map(({ mtime }) => mtime)).toEqual(Array(4).fill(1_000_000_000n));
  });

  it("keeps owners, those that no file can have here too", async () => {
    expect(await changesOf("chown 12:13 /data/a; chmod 600 /etc/far /data/www")).toEqual([
      "755 0:0 data/",
      "644 12:13 data/a",
      "600 33:33 data/www",
      "755 0:0 etc/",
      "600 205001:5000 etc/far",
    ]);
  });

  it("has whiteouts for what is gone, and one for all of a folder", async () => {
    expect(await changesOf("rm /data/a; rm -r /data/sub")).toEqual([
      "755 0:0 data/",
      "0 0:0 data/.wh.a",
      "0 0:0 data/.wh.sub",
    ]);
    expect(await changesOf("rm -r /data; mkdir /data; echo 1 > /data/.a")).toEqual([
      "755 0:0 data/",
      "0 0:0 data/.wh..wh..opq",
      "644 0:0 data/.a",
    ]);
  });

  it.each([
    "true",
    "touch /data/a /data",
    "chmod 644 /data/a",
    "mv /data/a /data/t; mv /data/t /data/a",
    "mv /data /t; mv /t /data",
    "echo x > /x; rm /x",
    "cp -a /data /t; rm -r /data; mv /t /data",
    "echo x > /dev/shm/x; echo y > /dev/y",
  ])("is not there where nothing has changed: %s", async (line) => {
    expect(await changesOf(line)).toEqual([]);
  });

  it("has moved folders with all that is in them", async () => {
    expect(await changesOf("mv /data /moved")).toEqual([
      "0 0:0 .wh.data",
      "755 0:0 moved/",
      "644 0:0 moved/a",
      "644 0:0 moved/b",
      "750 33:33 moved/sub/",
      "644 0:0 moved/sub/c",
      "644 33:33 moved/www",
    ]);
  });

  it("keeps hard links, also to what was there before", async () => {
    expect(await changesOf("echo 1 > /one; ln /one /two; ln /data/a /data/z")).toEqual([
      "755 0:0 data/",
      "644 0:0 data/a",
      "644 0:0 data/z hardlink data/a",
      "644 0:0 one",
      "644 0:0 two hardlink one",
    ]);
  });

  it("has other types of files in the place of those that were there", async () => {
    const line = "rm -r /data/sub; echo f > /data/sub; rm /data/a; mkdir /data/a; " +
      "rm /data/b; ln -s /etc /data/b; mkfifo /data/fifo";
    expect(await changesOf(line)).toEqual([
      "755 0:0 data/",
      "755 0:0 data/a/",
      "777 0:0 data/b symlink /etc",
      "644 0:0 data/fifo",
      "644 0:0 data/sub",
    ]);
  });

  it("keeps attributes", async () => {
    const { entries } = await runOn([base], "chmod 600 /etc/caps");
    expect(entries.at(-1)?.xattrs).toEqual(new Map([["user.note", Buffer.from("n")]]));
  });

  it("is the same each time, and has the time that was asked for", async () => {
    const line = "for i in $(seq 30); do echo $i > /data/$i; done; chown 5:6 /data/7";
    const [one, other] = [await runOn([base], line), await runOn([base], line)];
    expect(one.digest).toBe(other.digest);
    const { entries } = await runOn([base], line, { mtime: 1_700_000_000 });
    expect(entries.at(-1)?.mtime).toBe(1_700_000_000n * 1_000_000_000n);
  });

  it("has names of any bytes, and such that mean something elsewhere", async () => {
    const line = `cd /data; printf x > "$(printf 'a\\377b')"; echo > "a b"; echo > '-rf'; ` +
      `echo > "a
b"; rm a`;
    const paths = (await runOn([base], line)).entries.map(({ path }) => path);
    expect(paths).toEqual([
      "data/",
      "data/.wh.a",
      "data/-rf",
      "data/a\nb",
      "data/a b",
      "data/a\udcffb",
    ]);
  });

  it("has what lay there before, too, where that is part of it", async () => {
    const begun = await layerOf([
      folder("opt", { uid: 7, gid: 8, mode: 0o555 }),
      { path: "opt/kept", uid: 70_000, gid: 9, data: "k" },
      { path: "opt/gone", data: "g" },
    ]);
    const { entries } = await runOn([base], "cat /opt/kept; rm /opt/gone; echo n > /opt/new", {
      begun: [begun],
    });
    expect(describeEntries(entries)).toEqual([
      "555 7:8 opt/",
      "644 70000:9 opt/kept",
      "644 0:0 opt/new",
    ]);
  });
});

describe.skipIf(CANNOT_RUN)("a command", () => {
  it("is root of what it sees, and sees nothing else", async () => {
    const { printed } = await runOn(
      [base],
      "id -u; id -g; ls /; ls /dev; pwd; env",
    );
    expect(printed.split("\n").filter(Boolean)).toEqual([
      "0",
      "0",
      ..."bin data dev etc proc sys tmp".split(" "),
      ..."fd full null ptmx pts random shm stderr stdin stdout tty urandom zero".split(" "),
      "/",
      "SHLVL=1",
      "PATH=/bin",
      "PWD=/",
    ]);
  });

  it("has lo, and no other network", async () => {
    const line = "ip -o link | grep -c .; ip -o link show lo | grep -o 'LOWER_UP'";
    expect((await runOn([base], line)).printed).toBe("1\nLOWER_UP\n");
  });

  it.skipIf(!existsSync("/etc/resolv.conf") || !existsSync("/etc/hosts"))(
    "finds names as this machine does, where it has the network",
    async () => {
      const names = await layerOf([
        { path: "etc/hosts", data: "" },
        { path: "etc/resolv.conf", type: "symlink", linkpath: "../run/some/stub.conf" },
      ]);
      const line =
        "cat /etc/resolv.conf /etc/hosts; echo '# mine' >> /etc/hosts; tail -n 1 /etc/hosts";
      const known = await Promise.all(
        ["resolv.conf", "hosts"].map((one) => readFile(`/etc/${one}`)),
      );
      for (const layers of [[base], [base, names]]) {
        const { printed, entries } = await runOn(layers, {
          argv: ["sh", "-ec", line],
          network: true,
        });
        expect(printed).toBe(`${known.join("")}# mine\n`);
        expect(entries).toEqual([]);
        expect((await runOn(layers, "cat /etc/resolv.conf || :")).printed).not.toContain("\nname");
      }
      const own = await layerOf([{ path: "etc/hosts", data: "::1 own\n" }]);
      const argv = ["cat", "/etc/hosts"];
      const { printed } = await runOn([base, own], { argv, network: true });
      expect(printed).toBe("::1 own\n");
      expect(await readFile("/etc/hosts", "utf8")).not.toContain("# mine");
    },
  );

  it("cannot mount, nor change the machine", async () => {
    for (
      const line of [
        "mount -t tmpfs none /tmp",
        "umount -l /proc",
        "echo 1 > /proc/sys/kernel/panic",
        "echo b > /proc/sysrq-trigger; test ! -c /proc/sysrq-trigger",
        "mknod /data/sda b 8 0",
      ]
    ) {
      await expect(runOn([base], line), line).rejects.toThrow("exit status");
    }
  });

  it("begins where it is told, as whom it is told, with its variables", async () => {
    const line = "pwd; id -u; id -g; echo $HOME; echo $A";
    const { printed } = await runOn([base], {
      argv: ["sh", "-c", line],
      env: ["PATH=/bin", "A=x y'\"$z", "LD_LIBRARY_PATH=/nowhere"],
      folder: "/data",
      user: "0:staff",
      setsHome: true,
    });
    expect(printed).toBe("/data\n0\n50\n/root\nx y'\"$z\n");
  });

  it.skipIf(process.getuid?.() !== 0)("can be another user", async () => {
    const line = "id -u; id -g; echo $HOME; echo x > /tmp/x; touch /data/x || true";
    const command = { argv: ["sh", "-c", line], user: "app", setsHome: true };
    const { printed, entries } = await runOn([base], command);
    expect(printed).toMatch(/^1000\n1001\n\/home\/app\n.*denied/s);
    expect(describeEntries(entries)).toEqual(["1777 0:0 tmp/", "644 1000:1001 tmp/x"]);
  });

  it.skipIf(process.getuid?.() !== 0)("has the groups that the image gives its user", async () => {
    const argv = ["sh", "-c", "id -u; id -G"];
    const groups = async (user: string) => (await runOn([base], { argv, user })).printed;
    expect(await groups("app")).toBe("1000\n1001 10 33\n");
    expect(await groups("1000")).toBe("1000\n1001 10 33\n");
    expect(await groups("app:staff")).toBe("1000\n50\n");
    expect(await groups("")).toBe("0\n0 10\n");
    expect(await groups("7")).toBe("7\n0\n");
  });

  it("has /root for its home where the image has no users", async () => {
    const { printed } = await runOn([], {
      argv: ["/bin/busybox", "sh", "-c", "echo $HOME"],
      shares: [{ from: "/bin", at: "/bin" }],
      setsHome: true,
    });
    expect(printed).toBe("/root\n");
  });

  it("reads its script byte for byte", async () => {
    const script = "#!/nowhere\nexport A=1\necho '(b)' \"$A\" > /x\ncat <<'E'\n$A'\nE\nprintf end";
    const { printed, texts } = await runOn([base], { argv: ["sh", SCRIPT_PATH], script });
    expect([printed, texts["x"]]).toEqual(["$A'\nend", "(b) 1\n"]);
    const long = `${"# filler\n".repeat(40_000)}echo long`;
    expect((await runOn([base], { argv: ["sh", SCRIPT_PATH], script: long })).printed)
      .toBe("long\n");
  });

  it("has rooms, and folders of this machine to read", async () => {
    const { printed, entries } = await runOn([base], {
      argv: ["sh", "-c", "touch /build/x /work/deep/y; ls /build /here; touch /here/x || echo no"],
      rooms: ["/build", "/work/deep"],
      shares: [{ from: join(import.meta.dirname, "../golden"), at: "/here" }],
    });
    expect(printed).toContain("no\n");
    expect(printed).toContain("/build:\nx\n");
    expect(entries).toEqual([]);
  });

  it("can have the files in a folder of an empty root", async () => {
    const begun = await layerOf([{ path: "hello", data: "hi\n" }]);
    const { printed, entries } = await runOn([], {
      argv: ["/tools/busybox", "sh", "-c", "echo *; echo /*; echo new > new; echo out > /out || :"],
      shares: [{ from: "/bin", at: "/tools" }],
      at: "/build/layer",
      folder: "/build/layer",
    }, { begun: [begun] });
    expect(printed).toMatch(/^hello\n\/build \/dev \/proc \/sys \/tools\n.*Read-only/);
    expect(describeEntries(entries)).toEqual(["644 0:0 hello", "644 0:0 new"]);
  });
});

describe.skipIf(CANNOT_RUN)("a command that fails", () => {
  it.each([
    ["exit 7", "exit status 7"],
    ["kill -9 $$; true", "ended by signal 9"],
    ["kill -TERM $$; true", "ended by signal 15"],
  ])("is named: %s", async (line, message) => {
    await expect(runOn([base], line)).rejects.toThrow(message);
  });

  it("is shown, with all that it printed", async () => {
    const printed: string[] = [];
    const onOutput = (bytes: Uint8Array) => printed.push(Buffer.from(bytes).toString());
    await expect(runOn([base], "echo out; echo err >&2; exit 1", { onOutput })).rejects.toThrow();
    expect(printed.join("")).toBe("out\nerr\n");
  });

  it("is stopped when it takes too long, with all that it began", async () => {
    const line = `setsid ${SLEEP} & ${SLEEP}`;
    const command = { argv: ["sh", "-c", line], limits: { time: 300 } };
    await expect(runOn([base], command)).rejects.toThrow("it took more than 0.3 s");
    await expect.poll(listCommands).not.toContain(SLEEP);
  });

  it("is stopped when it writes too much, or begins too many processes", async () => {
    const zeros = { argv: ["sh", "-c", "dd if=/dev/zero of=/x bs=1024 count=2048"] };
    await expect(runOn([base], { ...zeros, limits: { size: 1 << 20 } })).rejects
      .toThrow("more than 1048576 bytes");
    const many = {
      argv: ["sh", "-c", "for i in 1 2 3; do dd if=/dev/zero of=/$i bs=1024 count=900; done"],
    };
    await expect(runOn([base], { ...many, limits: { size: 1 << 20 } })).rejects
      .toThrow("more than 1048576 bytes");
  });

  it("is stopped while it fills the disk with many files", async () => {
    const line = "i=0; while :; do i=$((i+1)); dd if=/dev/zero of=/$i bs=1024 count=64; done";
    const command = { argv: ["sh", "-c", line], limits: { size: 1 << 20, time: 60_000 } };
    await expect(runOn([base], command)).rejects.toThrow("more than 1048576 bytes");
    expect(readdirSync(join(await sharedCache(), "runs"))).toEqual([]);
  });

  it.skipIf(!canMount())("says when the machine's disk is full", async () => {
    const { path, dispose } = await folderToDispose();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "nixoci", path]);
    try {
      const full = await layerOf([{ path: "large", data: Buffer.alloc(5 << 20, 1) }]);
      await expect(runOn([base, full], "true", { cache: path })).rejects.toThrow("no space left");
      expect(readdirSync(join(path, "trees")).filter((one) => !one.endsWith(".lock"))).toEqual([]);
      const line = "dd if=/dev/zero of=/x bs=65536";
      await expect(runOn([base], line, { cache: path })).rejects.toThrow("no space is left");
      expect(readdirSync(join(path, "runs"))).toEqual([]);
    } finally {
      execFileSync("umount", [path]);
      await dispose();
    }
  });

  it.skipIf(!CAN_LIMIT)(
    "cannot fork for ever",
    async () => {
      const bomb = "f() { f | f & }; f; sleep 100";
      const limits = { processes: 40, time: 2000 };
      await expect(runOn([base], { argv: ["sh", "-c", bomb], limits })).rejects.toThrow();
    },
  );

  it("is not begun when there is no such program, user or machine", async () => {
    await expect(runOn([base], { argv: ["nope"] })).rejects.toThrow('no program "nope"');
    await expect(runOn([base], { argv: ["sh"], user: "who" })).rejects.toThrow('no user "who"');
    const elf = Buffer.alloc(64);
    elf.write("\x7fELF\x02\x01\x01", "latin1");
    elf.writeUInt16LE(process.arch === "s390x" ? 62 : 22, 18);
    const foreign = await layerOf([{ path: "foreign", mode: 0o755, data: elf }]);
    await expect(runOn([base, foreign], { argv: ["/foreign"] })).rejects
      .toThrow(/"\/foreign" is a program for (?:s390x|amd64)/);
    for (const line of ["/foreign", "PATH=/:/bin foreign", "sh -c /foreign; exit 2"]) {
      const env = ["PATH=/bin:/"];
      const running = runOn([base], { argv: ["sh", "-ec", line], env }, { begun: [foreign] });
      await expect(running, line).rejects.toThrow(/^exit status \d+: "\/foreign" is a program for/);
    }
  });

  it("is not begun where the cache cannot be", async () => {
    const { path, dispose } = await folderToDispose();
    const cache = join(path, "file/cache");
    writeFileSync(join(path, "file"), "");
    await expect(runOn([base], "true", { cache })).rejects.toThrow(
      `Cannot make the folders of commands in ${cache}: `,
    );
    await dispose();
  });

  it("leaves nothing, and a stop by the caller neither", async () => {
    const stop = new AbortController();
    const running = runOn([base], `echo on; ${SLEEP}`, {
      signal: stop.signal,
      onOutput: () => stop.abort(),
    });
    await expect(running).rejects.toThrow();
    await expect.poll(listCommands).not.toContain(SLEEP);
    expect(readdirSync(join(await sharedCache(), "runs"))).toEqual([]);
  });

  it("does not follow links of an image out of it", async () => {
    const links = await layerOf([{ path: "out", type: "symlink", linkpath: "../../../data" }]);
    const { printed } = await runOn([base, links], {
      argv: ["sh", "-ec", "pwd; ls /proc/self/root /../..; ! ls /proc/1/root/ /proc/1/cwd/"],
      folder: "/out",
    });
    expect(printed).toMatch(/^\/data\n/);
    expect(printed.match(/Permission denied/g)?.length).toBe(2);
    const proc = await layerOf([{ path: "proc", type: "symlink", linkpath: "/tmp" }]);
    await expect(runOn([base, proc], "ls")).rejects.toThrow('"/proc" has to be a folder');
  });
});

/** Whether this process may mount. */
function canMount(): boolean {
  const words = ["--mount", "mount", "-t", "tmpfs", "nixoci", "/mnt"];
  return spawnSync("unshare", words).status === 0;
}

/** The command lines of all processes here. */
function listCommands(): string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    } catch {
      return "";
    }
  });
}
