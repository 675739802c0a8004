/** The init, run as a process of this machine: what services do, and what becomes of the whole. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeServiceCommand } from "../../../src/services/words.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { lacks } from "../../support/tools.ts";
import {
  endInit,
  isRunning,
  ownTools,
  runInGroup,
  runInit,
  startInit,
  writeInit,
} from "./support.ts";

const SLEEP = "exec sleep 1000";
const shellCommand = (text: string) => makeServiceCommand(["sh", "-c", text]);
const given = lacks("s6-svscan", "sh");
const isRoot = process.getuid?.() === 0;

describe.skipIf(given)("the status of the whole", () => {
  it.each(
    [
      ["a long-run that ends with 7", [{ run: "exit 7" }, { name: "b", run: SLEEP }], 7],
      ["one that is killed", [{ run: "kill -KILL $$" }, { name: "b", run: SLEEP }], 137],
      ["a oneshot that fails", [
        { type: "oneshot-pre", run: "exit 3" },
        { name: "b", run: "echo wrong; exit 4" },
      ], 3],
      ["a program that is not there", [{
        start: [{ words: [[{ kind: "text", text: "no-such" }]] }],
      }], 127],
      ["a long-run that ends with 0, alone", [{ run: "exit 0" }], 0],
      ["oneshots alone", [{ type: "oneshot-pre", run: ":" }], 0],
    ] as const,
  )("%s", async (_, services, status) => {
    const ended = await endInit(services as never);
    expect([ended.status, ended.output]).toEqual([status, expect.not.stringContaining("wrong")]);
  });

  it("a long-run that ends with 0 beside another stays down, and the rest goes on", async () => {
    const init = await runInit([
      { run: "echo a ran" },
      { name: "b", after: ["a"], run: `echo b; ${SLEEP}` },
    ]);
    await init.until("a ran\n", "b\n");
    init.kill();
    const { status, output } = await init.ended;
    expect([status, output.split("\n").sort()]).toEqual([0, ["", "a ran", "b"]]);
  });

  it("is 0 after a stop, whatever services end with, and nothing is said", async () => {
    const init = await runInit([
      { run: "trap 'exit 143' TERM; echo up; sleep 1000 & wait" },
      { name: "b", run: SLEEP },
    ]);
    await init.until("up\n");
    init.kill();
    expect(await init.ended).toEqual({ status: 0, output: "up\n" });
  });

  it("is not changed by a failure when S6_DONT_TERMINATE_ON_ERROR is set, be it empty", async () => {
    const init = await runInit([{ run: "exit 7" }, { name: "b", run: SLEEP }], {
      S6_DONT_TERMINATE_ON_ERROR: "",
    });
    await init.until("init: a: it ended with status 7\n");
    init.kill();
    expect((await init.ended).status).toBe(0);
  });
});

describe.skipIf(given)("restarts", () => {
  it("five quick deaths are told once, and end the whole", async () => {
    const { status, output } = await endInit([
      { restart: { kind: "on-failure" }, run: "echo run; exit 1" },
    ]);
    expect(status).toBe(1);
    expect(output.match(/run\n/g)?.length).toBe(5);
    expect(output.match(/init: /g)?.length).toBe(1);
  });

  it("a oneshot is tried again, and what is after it waits", async () => {
    const { status, output } = await endInit([
      {
        type: "oneshot-pre",
        restart: { kind: "on-failure" },
        run: 'n=$(cat n 2>/dev/null); echo "try$n"; echo "x$n" > n; [ "$n" = x ]',
      },
      { name: "b", run: "echo b; exit 9" },
    ]);
    expect([status, output]).toEqual([9, "try\ntryx\nb\ninit: b: it ended with status 9\n"]);
  });
});

describe.skipIf(given)("the order", () => {
  it("oneshots before, by after; long-runs; oneshots behind, once those are ready", async () => {
    const init = await runInit([
      { name: "z-pre", type: "oneshot-pre", run: "echo 1" },
      { name: "a-pre", type: "oneshot-pre", after: ["z-pre"], run: "sleep 0.1; echo 2" },
      { name: "a-post", type: "oneshot-post", run: "echo 5" },
      {
        name: "db",
        readiness: { kind: "fd", fd: 3 },
        run: `sleep 0.3; echo 3; echo >&3; ${SLEEP}`,
      },
      { name: "app", after: ["db"], run: `echo 4; ${SLEEP}` },
    ]);
    await init.until("4\n", "5\n");
    init.kill();
    expect((await init.ended).output.split("\n").sort()).toEqual(["", "1", "2", "3", "4", "5"]);
    expect(init.output()).toMatch(/^1\n2\n3\n/);
  });

  it("who never gets ready is named, with the limit, and it is not a success", async () => {
    const { status, output } = await endInit([
      { readiness: { kind: "tcp", host: "localhost", port: 9, limit: 200 }, run: SLEEP },
      { name: "b", after: ["a"], run: "echo never" },
    ]);
    expect([status, output]).toEqual([
      1,
      "init: a: it is not ready after 200 ms (port 9 listens)\n",
    ]);
  });

  it.each([
    ["file", { kind: "file", path: "ready" }, ": > ready"],
    ["command", {
      kind: "command",
      command: { words: ["test", "-e", "ready"].map((text) => [{ kind: "text", text }]) },
    }, ": > ready"],
    [
      "notify",
      { kind: "notify", from: "all" },
      "perl -MSocket -e '" +
      "socket(S,AF_UNIX,SOCK_DGRAM,0);" +
      'send(S,"STATUS=x\\nREADY=1\\n",0,sockaddr_un($ENV{NOTIFY_SOCKET}))\'',
    ],
  ])("readiness by %s", async (_, readiness, makeReady) => {
    const folder = await temporaryFolder();
    const path = join(folder, "ready");
    const own = JSON.parse(JSON.stringify(readiness).replace('"ready"', JSON.stringify(path)));
    const init = await runInit([
      {
        workingDirectory: { path: folder },
        readiness: own,
        run: `sleep 0.2; echo ready; ${makeReady}; ${SLEEP}`,
      },
      { name: "b", after: ["a"], run: "echo b; exit 5" },
    ]);
    expect(await init.ended).toEqual({
      status: 5,
      output: "ready\nb\ninit: b: it ended with status 5\n",
    });
  });

  it("stops in reverse order, each with its signal and no other", async () => {
    const trap = (name: string, ...signals: string[]) =>
      signals.map((one) => `trap 'echo ${name} ${one}; exit' ${one}`).join("; ") +
      `; echo ${name}; sleep 1000 & wait`;
    const all = ["HUP", "INT", "QUIT", "TERM"];
    const init = await runInit([
      { name: "a", run: trap("a", ...all), stopSignal: "SIGQUIT" },
      { name: "b", after: ["a"], run: trap("b", ...all) },
      { name: "c", after: ["b"], run: trap("c", ...all), stopSignal: "SIGINT" },
    ]);
    await init.until("a\n", "b\n", "c\n");
    init.kill();
    const lines = (await init.ended).output.split("\n");
    expect(lines.slice(3)).toEqual(["c INT", "b TERM", "a QUIT", ""]);
  });

  it("stops in the same way when all of its process group gets TERM, again and again", async () => {
    const trap = (name: string) =>
      `trap 'echo ${name} INT' INT; trap 'echo ${name} TERM; sleep 0.3; exit 1' TERM; ` +
      `echo ${name}; while :; do sleep 0.1; done`;
    const init = await runInGroup([
      { name: "a", run: trap("a") },
      { name: "b", after: ["a"], run: trap("b"), stop: [shellCommand("echo b is told")] },
    ]);
    await init.until("a\n", "b\n");
    init.killGroup();
    await init.until("b TERM\n");
    init.killGroup();
    await init.until("a TERM\n");
    init.killGroup();
    const { status, output } = await init.ended;
    expect([status, output.split("\n").slice(2)]).toEqual([
      0,
      ["b is told", "b TERM", "a TERM", ""],
    ]);
    expect(existsSync(init.state)).toBe(false);
  });

  it("does not wait for ever for what is to stop a service", async () => {
    const init = await runInit([{
      run: "trap 'echo a ends; exit' TERM; echo a; while :; do sleep 0.1; done",
      stop: [shellCommand("exec sleep 1000")],
      afterStop: [shellCommand("exec sleep 1000")],
      stopTimeout: 1000,
    }]);
    await init.until("a\n");
    init.kill();
    const said = "init: a: a command of its stop has not ended in its time, and is killed\n";
    expect(await init.ended).toEqual({
      status: 0,
      output: `a\n${said}init: a: what stops it failed\na ends\n${said}` +
        "init: a: what runs after its end failed\n",
    });
  });

  it("runs what follows a oneshot once that has ended", async () => {
    const { status, output } = await endInit([
      {
        type: "oneshot-pre",
        run: "sleep 0.2; echo one",
        afterStart: [shellCommand("echo two")],
      },
      { name: "b", run: "echo three" },
    ]);
    expect([status, output]).toEqual([0, "one\ntwo\nthree\n"]);
  });

  it("kills what ignores its signal when its time is over; the others end as they should", async () => {
    const init = await runInit([
      { name: "a", run: "trap 'echo a ends; exit' TERM; echo a; sleep 1000 & wait" },
      {
        name: "b",
        after: ["a"],
        stopTimeout: 300,
        run: "trap '' TERM; echo b; while :; do sleep 1; done",
      },
    ]);
    await init.until("a\n", "b\n");
    init.kill();
    const { status, output } = await init.ended;
    expect([status, output.split("\n").sort()]).toEqual([0, ["", "a", "a ends", "b"]]);
  });
});

describe.skipIf(given)("what a service leaves behind", () => {
  it("ends with it, and a bystander lives", async () => {
    const folder = await temporaryFolder();
    const bystander = spawn("sleep", ["1000"]);
    onTestFinished(() => void bystander.kill());
    const init = await runInit([
      { run: `sleep 1000 & echo $! > ${folder}/child; echo up; exec sleep 1000` },
    ]);
    await init.until("up\n");
    init.kill();
    await init.ended;
    const child = Number(await readFile(join(folder, "child"), "utf8"));
    expect([await isRunning(child), await isRunning(bystander.pid!)]).toEqual([false, true]);
  });

  it("has time to end by itself", async () => {
    const child = "trap 'sleep 0.2; echo child ends; exit' TERM; while :; do sleep 0.1; done";
    const init = await runInit([{ run: `(${child}) & echo up; exec sleep 1000` }]);
    await init.until("up\n");
    init.kill();
    // A shell may tell what becomes of its own children.
    expect(await init.ended).toEqual({ status: 0, output: expect.stringMatching(/child ends\n$/) });
  });

  // The system call prctl, by the machine's architecture.
  const prctl = { x64: 157, arm64: 167 }[process.arch as string];
  it.skipIf(lacks("perl") || prctl === undefined)(
    "is not waited for once it has ended, where nobody takes note of that",
    async () => {
      const folder = await temporaryFolder();
      const tools = ownTools();
      const [sleep] = tools.path.map((one) => join(one, "sleep")).filter(existsSync);
      const [bin, naps] = [join(folder, "bin"), join(folder, "naps")];
      await mkdir(bin);
      const text = `#!/bin/sh\necho "$1" >> ${naps}\nexec ${sleep} "$@"\n`;
      await writeFile(join(bin, "sleep"), text, { mode: 0o755 });
      const tree = await writeInit([{
        run: `${sleep} 1000 & trap 'exit' TERM; echo up; while :; do ${sleep} 0.1; done`,
      }], { ...tools, path: [bin, ...tools.path] });
      // It becomes the parent of orphans, and never asks for their end.
      const reaper = `syscall(${prctl}, 36, 1, 0, 0, 0) == 0 or die; system @ARGV; exit $? >> 8`;
      const words = ["perl", "-e", reaper, join(tree, "init")];
      const init = startInit(words, join(folder, "state"));
      await init.until("up\n");
      await rm(naps, { force: true });
      process.kill(Number(await readFile(join(init.state, ".pid"), "utf8")));
      expect(await init.ended).toEqual({ status: 0, output: "up\n" });
      const said = await readFile(naps, "utf8").catch(() => "");
      expect(said.split("\n").filter((one) => one === "0.05").length).toBeLessThan(10);
    },
  );

  it("is no state: the folder is gone, and one that is there is refused", async () => {
    const tree = await writeInit([{ run: ":" }]);
    const state = join(tree, "../state");
    await mkdir(state);
    const child = spawn(join(tree, "init"), [state], { stdio: "pipe" });
    child.stderr.setEncoding("utf8");
    const [[said], [status]] = await Promise.all([
      once(child.stderr, "data"),
      once(child, "close"),
    ]);
    expect([status, said]).toEqual([2, expect.stringContaining("is there already")]);
  });
});

describe.skipIf(given)("what a service finds", () => {
  it("any variables, its own over those of the container, a working directory, a umask", async () => {
    const folder = await temporaryFolder();
    const { output } = await endInit([{
      environment: { OWN: "it's $x\n\\", "own.odd": "o'dd", B: "mine" },
      workingDirectory: { path: folder },
      umask: 0o027,
      start: [{
        words: [["env"], ["-0"]].map((one) => one.map((text) => ({ kind: "text", text }))),
      }],
    }], { A: "x\ny=z ", B: "theirs", "given.odd": "g\n'x", EMPTY: "", "e-mpty": "" });
    const variables = output.split("\0");
    expect(variables).toEqual(expect.arrayContaining([
      "OWN=it's $x\n\\",
      "own.odd=o'dd",
      "B=mine",
      "A=x\ny=z ",
      "given.odd=g\n'x",
      "EMPTY=",
      "e-mpty=",
      `PATH=${process.env["PATH"]}`,
      `PWD=${folder}`,
    ]));
    expect(variables.filter((one) => one.startsWith("_") || one.startsWith("OLDPWD"))).toEqual([]);
  });

  it.skipIf(lacks("bash"))("another name than its own, where it is given one", async () => {
    const words = ["cat", "/proc/self/cmdline"].map((text) => [{ kind: "text" as const, text }]);
    const { output } = await endInit([{ start: [{ argv0: "it's me", words }] }]);
    expect(output).toBe("it's me\0/proc/self/cmdline\0");
  });

  it("words as systemd makes them of variables", async () => {
    const show = (words: readonly (readonly object[])[]) => ({
      words: [[{ kind: "text", text: "printf" }], [{ kind: "text", text: "<%s>" }], ...words],
    });
    const variable = (name: string, split: boolean) => ({ kind: "variable", name, split });
    const { output } = await endInit([{
      environment: { ONE: "one", TWO: "'two two' too", THREE: "" },
      start: [show([
        [variable("ONE", true)],
        [variable("TWO", true)],
        [variable("THREE", true)],
        [variable("ONE", false)],
        [variable("TWO", false)],
        [variable("NONE", true)],
        [variable("THREE", false), { kind: "text", text: "$*" }],
      ])] as never,
    }]);
    expect(output).toBe("<one><two two><too><one><'two two' too><$*>");
  });

  it("files of variables, read as systemd reads them", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "variables");
    await writeFile(
      file,
      [
        "A=plain",
        "# a comment",
        "; another",
        'B="x" # c',
        "C=in  ner  ",
        "D='single \\n $x'",
        'E="a\\"b\\\\c\\d\\$e"',
        "F=back\\slash",
        "G='two",
        "lines'",
        "H=a\\",
        "b",
        " I = spaced",
        "1J=no",
        "K=",
        "L=last",
      ].join("\n"),
    );
    const { output } = await endInit([{
      environment: { A: "own", PATH: process.env["PATH"]! },
      environmentFiles: [{ path: file }, { path: join(folder, "none"), optional: true }],
      start: [{
        words: [["env"], ["-0"]].map((one) => one.map((text) => ({ kind: "text", text }))),
      }],
    }]);
    const own = output.split("\0").filter((one) => /^[A-L1]+J?=/.test(one)).sort();
    expect(own).toEqual([
      "A=plain",
      "B=x# c",
      "C=in  ner",
      "D=single \\n $x",
      'E=a"b\\c\\d$e',
      "F=backslash",
      "G=two\nlines",
      "H=ab",
      "I=spaced",
      "K=",
      "L=last",
    ]);
  });

  it("the limits that there can be, where it asks for more", async () => {
    const { output } = await endInit([{
      limits: { nofile: { soft: 100, hard: 2 ** 40 }, core: { soft: 0, hard: 0 } },
      run: "ulimit -n; ulimit -Hc",
    }]);
    // The kernel's own limit of open files is lower, for root as well.
    expect(output).toMatch(/^init: a: its limit nofile is more than .*\n\d+\n0\n$/);
  });

  it.skipIf(!isRoot)("the home, name, shell and groups of its user", async () => {
    const { output } = await endInit([{
      user: "nobody",
      limits: { nofile: { soft: 100, hard: 200 } },
      run: 'echo "$USER $LOGNAME $HOME $SHELL $(id -un) $(id -G)"; ulimit -n; ulimit -Hn',
    }]);
    expect(output).toBe(
      "nobody nobody /nonexistent /usr/sbin/nologin nobody 65534\n100\n200\n",
    );
  });

  it("the home of its user, where it is to work there", async () => {
    const home = await temporaryFolder();
    const work = { workingDirectory: { path: "~" }, run: "pwd" };
    expect((await endInit([work], { HOME: home })).output).toBe(`${home}\n`);
    if (!isRoot) return;
    expect((await endInit([{ ...work, user: "daemon" }])).output).toBe("/usr/sbin\n");
  });

  it.skipIf(!isRoot)(
    "folders that are made for it, and gone when they were for its run",
    async () => {
      const folder = await temporaryFolder();
      await chmod(folder, 0o755);
      const made = (kind: "runtime" | "state") => ({
        kind,
        path: join(folder, kind),
        mode: 0o750,
        transient: kind === "runtime",
      });
      const { output } = await endInit([{
        user: "nobody",
        folders: [made("runtime"), made("state")],
        run: 'stat -c "%U %a" "$RUNTIME_DIRECTORY" "$STATE_DIRECTORY"',
      }]);
      expect([output, await readdir(folder)]).toEqual(["nobody 750\nnobody 750\n", ["state"]]);
    },
  );

  it("the root, where its own folder need not be there, and is not", async () => {
    const workingDirectory = { path: "/none/at/all", optional: true };
    expect((await endInit([{ workingDirectory, run: "pwd" }])).output).toBe("/\n");
  });

  it("a line of why, where a folder cannot be made for it", async () => {
    const file = join(await temporaryFolder(), "file");
    await writeFile(file, "");
    const folders = [{ kind: "state" as const, path: join(file, "state"), mode: 0o755 }];
    const { status, output } = await endInit([{ folders, run: ":" }]);
    expect([status, output]).toEqual([
      1,
      `init: a: cannot make ${file}/state: Not a directory\ninit: a: it ended with status 1\n`,
    ]);
  });

  it("a name before every line of its output, where it is asked for", async () => {
    const { output } = await endInit([{ prefix: true, run: "echo one; echo two >&2" }]);
    expect(output).toBe("a: one\na: two\n");
  });

  it("why it has ended in the container's log, and not in that of its logger", async () => {
    const file = join(await temporaryFolder(), "log");
    const logger = makeServiceCommand(["sh", "-c", `exec cat > ${file}`]);
    const { output, status } = await endInit([{ logger, run: "echo out; exit 4" }]);
    expect([output, status]).toEqual(["init: a: it ended with status 4\n", 4]);
    expect(await readFile(file, "utf8")).toBe("out\n");
    const { output: named } = await endInit([{ prefix: true, run: "echo out; exit 4" }]);
    expect(named.split("\n").sort()).toEqual(["", "a: out", "init: a: it ended with status 4"]);
  });

  it("an output that waits when it is full, whatever others have made of theirs", async () => {
    // s6-log, which names lines, lets no write wait; so does node.
    const flags = 'while read -r a b; do [ "$a" != flags: ] || echo "flags $b"; done';
    const init = await runInit([
      { name: "named", prefix: true, run: "echo up; sleep 1000" },
      { run: `sleep 1; for p in self $PPID; do ${flags} < /proc/$p/fdinfo/1; done; sleep 1000` },
    ]);
    await init.until("named: up");
    await expect.poll(() => init.output().match(/flags (\d+)/g)?.length).toBe(2);
    const [own, inherited] = init.output().matchAll(/flags (\d+)/g);
    // O_NONBLOCK
    expect([own, inherited].map((one) => Number.parseInt(one![1]!, 8) & 0o4000)).toEqual([0, 0]);
    init.kill();
    await init.ended;
  });

  it("a line when its logger ends again and again", async () => {
    const logger = makeServiceCommand(["false"]);
    const init = await runInit([{ logger, run: "sleep 1000" }]);
    await init.until("init: a: its logger ends again and again (with status 1), and its output");
    init.kill();
    const { status, output } = await init.ended;
    expect([status, output.match(/again and again/g)]).toEqual([0, ["again and again"]]);
  });

  it("a logger that gets all of it, to the last line", async () => {
    const folder = await temporaryFolder();
    const init = await runInit([{
      run: "trap 'echo last; exit' TERM; echo first; : > up; sleep 1000 & wait",
      workingDirectory: { path: folder },
      logger: {
        words: [["sh"], ["-c"], [`echo log; exec cat > ${folder}/log`]].map((one) =>
          one.map((text) => ({ kind: "text" as const, text }))
        ),
      },
    }]);
    await init.until("log\n");
    await expect.poll(() => existsSync(join(folder, "up"))).toBe(true);
    init.kill();
    await init.ended;
    expect(await readFile(join(folder, "log"), "utf8")).toBe("first\nlast\n");
  });
});

describe.skipIf(given)("an init that is run by hand", () => {
  it("leaves no folder where there was no room for it", async () => {
    const tree = await writeInit([{ run: ":" }]);
    const words = ["sh", "-c", 'ulimit -f 0; exec "$0" "$@"', join(tree, "init")];
    const { state, ended } = startInit(words, join(tree, "../state"));
    expect(await ended).toEqual({
      status: 100,
      output: `init: cannot write to ${state}: make space there, or name another folder\n`,
    });
    expect(existsSync(state)).toBe(false);
  });
});

describe.skipIf(given)("the log of an init that is run by hand", () => {
  it("is opened anew by services as in a container, where it is a file, too", async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o755);
    const tree = await writeInit([
      {
        type: "oneshot-pre",
        run: "echo one; echo two > /dev/stderr; echo three > /proc/self/fd/1; echo four",
        ...(isRoot ? { user: "nobody" } : {}),
      },
      { name: "b", after: ["a"], run: "echo five; exit 3" },
    ]);
    const log = await open(join(folder, "log"), "w", 0o600);
    await log.write("before\n");
    const words = [join(folder, "state")];
    const child = spawn(join(tree, "init"), words, { stdio: ["ignore", log.fd, log.fd] });
    const [status] = await once(child, "close");
    await log.close();
    expect([status, await readFile(join(folder, "log"), "utf8")]).toEqual([
      3,
      "before\none\ntwo\nthree\nfour\nfive\ninit: b: it ended with status 3\n",
    ]);
  });
});

describe.skipIf(given)("signals", () => {
  it("HUP reaches those that handle it, and runs what reloads", async () => {
    const init = await runInit([
      { name: "a", run: "trap 'echo a reads again' HUP; echo a; while :; do sleep 0.1; done" },
      { name: "b", run: `echo b; ${SLEEP}` },
      {
        name: "d",
        ignoresHup: true,
        run: "trap 'echo d hears' HUP; echo d; while :; do sleep 0.1; done",
      },
      {
        name: "c",
        run: `echo c; ${SLEEP}`,
        reload: [{
          words: [
            [{ kind: "text", text: "sh" }],
            [{ kind: "text", text: "-c" }],
            [{ kind: "text", text: 'kill -0 "$1" && echo c reloads' }],
            [{ kind: "text", text: "sh" }],
            [{ kind: "variable", name: "MAINPID", split: false }],
          ],
        }],
      },
    ]);
    await init.until("a\n", "b\n", "c\n", "d\n");
    init.kill("SIGHUP");
    await init.until("a reads again\n", "c reloads\n");
    init.kill("SIGINT");
    const { status, output } = await init.ended;
    expect([status, output]).toEqual([0, expect.not.stringContaining("d hears")]);
  });
});
