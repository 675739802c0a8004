/** The launcher as a process: versions, other Nodes, signals, closed pipes. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { openSink } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image } from "../support/images.ts";
import { LAUNCHER, type Outcome, PACKAGE, RUN, spawned } from "./run.ts";

const launch = (...args: string[]) => spawned(execPath, [...RUN, LAUNCHER, ...args]);

describe("the launcher", () => {
  it("says the version", async () => {
    expect(await launch("--version")).toEqual({
      status: 0,
      stdout: `nixoci ${PACKAGE.version}\n`,
      stderr: "",
    });
  });

  it("passes words in and the status out", async () => {
    expect(await launch("cpoy")).toEqual({
      status: 2,
      stdout: "",
      stderr: 'nixoci: Unknown command "cpoy"; did you mean copy?\n',
    });
  });

  it("fails where it waits for what never comes", async () => {
    const script = fileURLToPath(new URL("../support/stuck.ts", import.meta.url));
    const { status, stderr } = await spawned(execPath, [...RUN, script, "ping"]);
    expect([status, stderr]).toEqual([1, expect.stringContaining("the work has come to a halt")]);
  });

  it.each([["HOME", "/proc"], ["XDG_CACHE_HOME", "/proc/nope"], ["NIXOCI_CACHE_DIR", "/dev/null"]])(
    "does without a cache where there can be none (%s=%s)",
    async (name, value) => {
      const { XDG_CACHE_HOME: _, NIXOCI_CACHE_DIR: __, ...others } = process.env;
      const env = { ...others, [name]: value };
      const words = [
        ...RUN,
        LAUNCHER,
        "copy",
        "--dry-run",
        "-q",
        "oci-dir:examples/hello",
        "oci-dir:x",
      ];
      const where = { env, cwd: fileURLToPath(new URL("../..", import.meta.url)) };
      expect(await spawned(execPath, words, "", where)).toMatchObject({ status: 0, stderr: "" });
    },
  );

  it("makes no home for its cache: builds in Nix have none, and must have none", async () => {
    const folder = await temporaryFolder();
    const home = join(folder, "none");
    const { XDG_CACHE_HOME: _, NIXOCI_CACHE_DIR: __, ...others } = process.env;
    const env = { ...others, HOME: home };
    const hello = "oci-dir:examples/hello";
    const words = [...RUN, LAUNCHER, "copy", "-q", hello, `oci-dir:${folder}/out:x`];
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    expect(await spawned(execPath, words, "", { env, cwd })).toMatchObject({ status: 0 });
    // Deno makes one for a cache of its own, before it runs us.
    if (!("Deno" in globalThis)) {
      expect(existsSync(home)).toBe(false);
      await mkdir(home);
    }
    expect(await spawned(execPath, words, "", { env, cwd })).toMatchObject({ status: 0 });
    expect(existsSync(join(home, ".cache/nixoci/cache.sqlite"))).toBe(true);
  });

  // Deno keeps compiled code by itself.
  it.skipIf("Deno" in globalThis)(
    "keeps the code of what ran, and is none the worse without",
    async () => {
      const folder = await temporaryFolder();
      const env = { ...process.env, NIXOCI_CACHE_DIR: folder };
      const cwd = fileURLToPath(new URL("../..", import.meta.url));
      const run = (word = "oci-dir:examples/hello") =>
        spawned(execPath, [LAUNCHER, "digest", word], "", { env, cwd });
      const done = { status: 0, stderr: "" };
      expect(await run()).toMatchObject(done);
      const compiled = join(folder, "compiled");
      const [name = "", ...others] = await readdir(compiled);
      expect([name, others]).toEqual([expect.stringMatching(/^[\d.]+-digest-[\da-f]+$/), []]);
      const kept = join(compiled, name);
      const { mtimeMs, size } = await stat(kept);
      expect(await run()).toMatchObject(done);
      expect(await stat(kept)).toMatchObject({ mtimeMs, size });
      expect(await run("--help")).toMatchObject(done);
      const withHelp = await stat(kept);
      expect(withHelp.size).toBeGreaterThan(size);
      expect(await run()).toMatchObject(done);
      expect(await stat(kept)).toMatchObject({ mtimeMs: withHelp.mtimeMs, size: withHelp.size });
      await writeFile(kept, "{");
      expect(await run()).toMatchObject(done);
      expect((await stat(kept)).size).toBeGreaterThan(size / 2);
    },
  );

  describe.skipIf("Deno" in globalThis)("the code that it keeps", () => {
    const cwd = fileURLToPath(new URL("../..", import.meta.url));

    /** A folder for the cache, and what runs words with it. */
    async function createRunner() {
      const folder = await temporaryFolder();
      const env = { ...process.env, NIXOCI_CACHE_DIR: folder };
      const run = async (...words: string[]) =>
        expect(await spawned(execPath, [LAUNCHER, ...words], "", { env, cwd }))
          .toMatchObject({ status: 0, stderr: "" });
      return { folder, compiled: join(folder, "compiled"), run };
    }

    it("comes with flags that let V8 mark from the first on", async () => {
      // Where it may not, threads that compile wait for a collection that does not come at the end.
      const folder = await temporaryFolder();
      const script = `const kept = [];
        const timer = setInterval(() => {
          for (let i = 0; i < 300; i++) kept.push(new Array(1000).fill({ i }));
          kept.splice(0, kept.length - 8000);
          if (performance.now() > 800) clearInterval(timer);
        }, 5);`;
      await writeFile(join(folder, "main.cjs"), script);
      const bundle = fileURLToPath(new URL("../../bin/bundle.cjs", import.meta.url));
      const load = `require(${JSON.stringify(bundle)}).loadBundle(${JSON.stringify(folder)})`;
      const { status, stdout } = await spawned(execPath, ["--trace-gc", "-e", load]);
      expect([status, stdout]).toEqual([
        0,
        expect.stringContaining("finalize incremental marking"),
      ]);
    });

    it("is made again when it is damaged, wherever that is", async () => {
      const { compiled, run } = await createRunner();
      await run("digest", "oci-dir:examples/hello");
      const [name = ""] = await readdir(compiled);
      const whole = await readFile(join(compiled, name));
      for (let part = 0; part < 12; part++) {
        const damaged = Buffer.from(whole);
        const start = Math.floor((part + 0.5) * whole.length / 12);
        for (let at = start; at < start + 64; at++) damaged[at]! ^= 1 << at % 8;
        await writeFile(join(compiled, name), damaged);
        await run("digest", "oci-dir:examples/hello");
        expect((await readFile(join(compiled, name))).equals(damaged)).toBe(false);
      }
    });

    it("is that of all that a verb has done, and not of the last time alone", async () => {
      const { folder, compiled, run } = await createRunner();
      const archive = `docker-archive:${folder}/app.tar`;
      await run("copy", "-q", "oci-dir:examples/hello", archive);
      await run("copy", "-q", archive, `dir:${folder}/dir`);
      const [name = ""] = await readdir(compiled);
      const { ino } = await stat(join(compiled, name));
      await rm(join(folder, "app.tar"));
      await run("copy", "-q", "oci-dir:examples/hello", archive);
      await run("copy", "-q", archive, `dir:${folder}/dir`);
      expect((await stat(join(compiled, name))).ino).toBe(ino);
    });

    it("goes when it was written a month ago, as what is of another version", async () => {
      const { compiled, run } = await createRunner();
      await mkdir(compiled);
      const [folder, old, young] = ["0.0.0", "0.0.1-copy-0", "0.0.2-copy-0"];
      await mkdir(join(compiled, folder)); // Node's own compile cache, which older versions used
      for (const name of [`${folder}/x`, old, young]) await writeFile(join(compiled, name), "x");
      for (const name of [folder, old]) await utimes(join(compiled, name), 0, 0);
      await run("digest", "oci-dir:examples/hello");
      for (const name of [folder, old]) expect(await readdir(compiled)).not.toContain(name);
      expect(await readdir(compiled)).toContain(young);
    });
  });

  it("says in a line that it is not whole", async () => {
    const home = await temporaryFolder();
    await cp(dirname(LAUNCHER), join(home, "bin"), { recursive: true });
    const info = { version: "1.2.3", type: "module", engines: { node: ">=22.0" } };
    await writeFile(join(home, "package.json"), JSON.stringify(info));
    const { status, stdout, stderr } = await spawned(
      execPath,
      [...RUN, join(home, "bin", "nixoci.js"), "copy"],
    );
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^nixoci: Cannot start: .*main\.ts.*\n$/);
  });

  /** What is left of its output after `head -c 5`, and how it ended. */
  async function headOf(...words: string[]): Promise<Outcome> {
    const line = [execPath, ...RUN, LAUNCHER, ...words].map((word) => `'${word}'`).join(" ");
    return await spawned("bash", ["-c", `${line} | head -c 5; exit \${PIPESTATUS[0]}`]);
  }

  it("ends quietly when the reader of its output goes away", async () => {
    expect(await headOf("completion", "fish")).toEqual({ status: 0, stdout: "# fis", stderr: "" });
  });

  it("has not copied what nobody read to its end", async () => {
    const layout = `oci-dir:${await temporaryFolder()}`;
    // More than the 64 KiB that a pipe holds.
    const root = await image({
      layers: [{ noise: randomBytes(200_000).toString("hex") }],
      compression: "none",
    });
    const sink = await openSink(layout);
    await copy({ resolve: () => Promise.resolve(root), async [Symbol.asyncDispose]() {} }, sink);
    await sink[Symbol.asyncDispose]();
    const { status, stderr } = await headOf("copy", "-q", layout, "docker-archive:-");
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^nixoci: Cannot copy \S+ to docker-archive:-: .*the reader went away\n$/,
    );
    expect(await headOf("export", layout)).toMatchObject({
      status: 1,
      stderr: "nixoci: Cannot write to standard output: the reader went away\n",
    });
  });
});

describe("on a Node that is too old", () => {
  const node = "Deno" in globalThis ? "node" : execPath;

  /** A package that wants a Node from the far future; `node` is a shell script in its place. */
  async function demanding(bundled?: string): Promise<string> {
    const home = await temporaryFolder();
    await cp(dirname(LAUNCHER), join(home, "bin"), { recursive: true });
    const wishes = { version: "1.2.3", type: "module", engines: { node: ">=999.1" } };
    await writeFile(join(home, "package.json"), JSON.stringify(wishes));
    if (bundled !== undefined) {
      await mkdir(join(home, "node_modules", ".bin"), { recursive: true });
      const path = join(home, "node_modules", ".bin", "node");
      await writeFile(path, `#!/bin/sh\n${bundled}\n`);
      await chmod(path, 0o755);
    }
    return join(home, "bin", "nixoci.js");
  }

  it("it says what to install", async () => {
    const script = await demanding();
    const { status, stdout, stderr } = await spawned(node, [script, "copy"]);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^nixoci: Cannot run on Node \S+: it needs 999\.1 or newer; .*\n$/);
    expect(await spawned(node, [script, "--version"])).toMatchObject({
      status: 0,
      stdout: "nixoci 1.2.3\n",
      stderr,
    });
    expect(await spawned(node, [await demanding("exit 9"), "--version"])).toEqual({
      status: 0,
      stdout: "nixoci 1.2.3\n",
      stderr: "",
    });
  });

  it("it runs on the Node that the clone brings", async () => {
    const script = await demanding('shift; echo "got $*"; cat >&2; exit 7');
    const outcome = await spawned(node, [script, "copy", "a b"], "from stdin");
    expect(outcome).toEqual({ status: 7, stdout: "got copy a b\n", stderr: "from stdin" });
  });

  it("signals reach it, and its end by a signal becomes a status", async () => {
    const program = `
      process.on("SIGINT", () => {
        console.log("told");
        process.kill(process.pid, "SIGTERM");
      });
      setInterval(() => {}, 1000);
      console.log("ready");`;
    const script = await demanding(`exec "${node}" -e '${program}'`);
    const child = spawn(node, [script, "copy"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let heard = "";
    child.stdout.on("data", (chunk) => {
      heard += chunk;
      if (heard === "ready\n") process.kill(child.pid!, "SIGINT");
    });
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect(heard).toBe("ready\ntold\n");
    expect(status).toBe(128 + 15);
  });
});

describe("a signal", () => {
  // With process.kill: after child.kill(), Deno reports the signal and not the status.
  /** Runs a command against an engine that never answers, and interrupts it when it asks. */
  async function interruptedWith(signal: NodeJS.Signals, ...flags: string[]): Promise<Outcome> {
    const folder = await temporaryFolder();
    const socket = join(folder, "engine.sock");
    const host = ["--host", `unix://${socket}`];
    const args = ["copy", "daemon:image", `oci-dir:${folder}/out`, ...host, ...flags];
    const engine = createServer(() => void process.kill(child.pid!, signal));
    await new Promise<void>((resolve) => engine.listen(socket, resolve));
    onTestFinished(() => void engine.close());
    const child = spawn(execPath, [...RUN, LAUNCHER, ...args]);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => void (stdout += chunk));
    child.stderr.on("data", (chunk) => void (stderr += chunk));
    const status = await new Promise<number>((done) =>
      child.on("close", (code) => done(code ?? -1))
    );
    engine.closeAllConnections();
    return { status, stdout, stderr };
  }

  it.each([["SIGINT", 130], ["SIGTERM", 143]] as const)(
    "%s has status %i",
    async (signal, status) => {
      expect(await interruptedWith(signal)).toEqual({
        status,
        stdout: "",
        stderr: "nixoci: interrupted\n",
      });
    },
  );

  it("is an error for programs, too", async () => {
    const { stderr } = await interruptedWith("SIGINT", "--json");
    expect(JSON.parse(stderr)).toEqual({ error: { code: "CANCELLED", message: "interrupted" } });
  });
});
