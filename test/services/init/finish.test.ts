/** The program that decides what the end of a service means, as a table: (code, signal) × kinds. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { makeInit } from "../../../src/services/init/make.ts";
import { writeInitTree } from "../../../src/services/init/write.ts";
import type { Restart, RestartKind, Service } from "../../../src/services/service.ts";
import { makeServiceCommand } from "../../../src/services/words.ts";
import { folderToDispose } from "../../support/folder.ts";
import { lacks } from "../../support/tools.ts";
import { serviceOf } from "./support.ts";

/** The ends: a status, or a signal. */
const ENDS = ["0", "1", "SIGTERM", "SIGHUP", "SIGKILL", "SIGABRT"] as const;
type End = (typeof ENDS)[number];

/** systemd.service(5): which ends each kind of restart follows; `r`, or `-` for those that it does not. */
const RESTARTS: Readonly<Record<RestartKind, string>> = {
  //          0 1 TERM HUP KILL ABRT
  "no": /*          */ "------",
  "on-success": /*  */ "r-rr--",
  "on-failure": /*  */ "-r--rr",
  "on-abnormal": /* */ "----rr",
  "on-abort": /*    */ "----rr",
  "on-watchdog": /* */ "------",
  "always": /*      */ "rrrrrr",
};

let folder: string;

beforeAll(async () => {
  const { path, dispose } = await folderToDispose();
  folder = path;
  await mkdir(join(folder, "s6"));
  // Both say what they would be asked.
  const programs = {
    "s6-svstat": 'read -r x < ../.wanted; [ "$2" = wantedup ] || x="$x false"; echo "$x"',
    "s6-svc": 'echo "$*" >> ../told; echo "true true" > ../.wanted',
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, "s6", name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return dispose;
});

interface Ended {
  /** 0: s6 starts it again; 125: it stays down. */
  readonly code: number;
  readonly mark: string;
  readonly status: string;
  readonly said: string;
}

/** Runs `finish` for a service that has ended. */
async function finish(
  service: Partial<Service>,
  end: End,
  { stopping = false, wanted = true, starts = "" } = {},
): Promise<Ended> {
  const root = join(folder, "tree");
  const state = join(folder, "state");
  for (const one of [root, state]) await rm(one, { recursive: true, force: true });
  const own = serviceOf({ run: ":", ...service, name: "a" });
  const { programs, services } = makeInit([own, serviceOf({ name: "b", run: ":" })], {
    folder: root,
    tools: {
      s6: join(folder, "s6"),
      shell: "/bin/sh",
      scriptShell: "/bin/sh",
      path: ["/usr/bin", "/bin"],
      env: "/usr/bin/env",
      nice: "/usr/bin/nice",
    },
  });
  await writeInitTree([...programs, ...services], root);
  await mkdir(join(state, ".marks"), { recursive: true });
  await mkdir(join(state, "a"));
  if (stopping) await mkdir(join(state, ".stopping"));
  await symlink(root, join(state, ".tree"));
  await writeFile(join(state, ".given"), "_path=/usr/bin:/bin _cwd=/ _by_hand=\n");
  await writeFile(join(state, ".wanted"), `${wanted}\n`);
  // Nobody has this process number.
  await writeFile(join(state, ".pid"), `${2 ** 22 + 1}\n`);
  const now = (await readFile("/proc/uptime", "utf8")).split(".")[0];
  await writeFile(join(state, "a/starts"), `${starts.replaceAll("now", now!)}${now}\n`);
  const signal = constants.signals[end as NodeJS.Signals];
  const args = signal === undefined ? [end, "0"] : ["256", String(signal)];
  const { code = 0, stdout } = await promisify(execFile)(join(root, "finish"), args, {
    cwd: join(state, "a"),
  }).catch((error) => error);
  const read = async (path: string) =>
    (await readFile(join(state, path), "utf8").catch(() => "")).trim();
  return { code, mark: await read(".marks/a"), status: await read(".status"), said: stdout };
}

describe.skipIf(lacks("sh"))("finish", () => {
  it.each(Object.entries(RESTARTS))("of a unit with Restart=%s", async (kind, row) => {
    const restart: Restart = { kind: kind as RestartKind };
    const found = [];
    for (const end of ENDS) found.push((await finish({ restart }, end)).code === 0 ? "r" : "-");
    expect(found.join("")).toBe(row);
  });

  it.each(
    [
      [{ kind: "no" }, "0", "ended", ""],
      [{ kind: "no" }, "SIGTERM", "ended", ""],
      [{ kind: "no", strictSignals: true }, "SIGTERM", "failed", "143"],
      [{ kind: "no", strictSignals: true }, "SIGHUP", "failed", "129"],
      [{ kind: "no" }, "1", "failed", "1"],
      [{ kind: "no" }, "SIGKILL", "failed", "137"],
      [{ kind: "no", success: [1] }, "1", "ended", ""],
      [{ kind: "no", success: ["SIGKILL"] }, "SIGKILL", "ended", ""],
      [{ kind: "always", never: [1] }, "1", "failed", "1"],
      [{ kind: "always", never: ["SIGTERM"] }, "SIGTERM", "ended", ""],
    ] as const,
  )("what is not started again: %j, %s", async (restart, end, mark, status) => {
    const found = await finish({ restart }, end);
    expect([found.code, found.mark, found.status]).toEqual([125, mark, status]);
  });

  it("starts again what RestartForceExitStatus has, and the signal that a service restarts after", async () => {
    expect((await finish({ restart: { kind: "no", always: [1] } }, "1")).code).toBe(0);
    expect((await finish({ restart: { kind: "no", always: ["SIGHUP"] } }, "SIGHUP")).code).toBe(0);
  });

  it.each(ENDS)("while all stops %s means nothing", async (end) => {
    for (const kind of ["no", "always"] as const) {
      const found = await finish({ restart: { kind } }, end, { stopping: true });
      expect(found).toEqual({ code: 125, mark: "", status: "", said: "" });
    }
  });

  it("when somebody has stopped it by hand, its end is no failure", async () => {
    expect(await finish({}, "SIGKILL", { wanted: false })).toMatchObject({ code: 0, status: "" });
  });

  it("removes folders below /run, and says nothing of one that has to stay", async () => {
    const gone = join(folder, "run", "gone");
    await mkdir(join(gone, "more"), { recursive: true });
    // No rm removes a folder of this name: so is one of an image, or one that is mounted.
    const stays = `${join(folder, "run")}/.`;
    const folders = [stays, gone].map((path) => (
      { kind: "runtime" as const, path, mode: 0o755, transient: true }
    ));
    expect(await finish({ folders }, "0")).toMatchObject({ code: 125, mark: "ended", said: "" });
    expect(await readdir(join(folder, "run"))).toEqual([]);
  });

  it("oneshots have no clean signals", async () => {
    const found = await finish({ type: "oneshot-pre", restart: { kind: "no" } }, "SIGTERM");
    expect([found.mark, found.status]).toEqual(["failed", "143"]);
  });

  it("gives up at the burst, not before, and says it once", async () => {
    const restart: Restart = { kind: "on-failure" };
    const early = await finish({ restart }, "1", { starts: "now\nnow\nnow\n" });
    expect(early).toEqual({ code: 0, mark: "", status: "", said: "" });
    const late = await finish({ restart }, "1", { starts: "now\nnow\nnow\nnow\n" });
    expect(late).toMatchObject({ code: 125, mark: "failed", status: "1" });
    expect(late.said.match(/^init: a: .*$/gm)?.length).toBe(1);
    const own = { ...restart, burst: { starts: 2, within: 60_000 } };
    expect((await finish({ restart: own }, "1", { starts: "now\n" })).code).toBe(125);
    const endless = { ...restart, burst: { starts: 0, within: 0 } };
    expect((await finish({ restart: endless }, "1", { starts: "now\n".repeat(9) })).code).toBe(0);
  });

  it.each([[2500, "1500", ""], [1000, "", ""], [100, "", "-u ."], [0.001, "", "-u ."]])(
    "starts again after %s ms, though s6 would wait for a second",
    async (delay, left, told) => {
      expect(await finish({ restart: { kind: "always", delay } }, "1")).toMatchObject({ code: 0 });
      const read = (path: string) => readFile(join(folder, "state", path), "utf8").catch(() => "");
      for (let i = 0; told !== "" && i < 200 && await read("told") === ""; i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect([(await read("a/delay")).trim(), (await read("told")).split("\n")[0]])
        .toEqual([left, told]);
    },
  );

  it("what tells s6 too late to start it again starts nothing, and by hand it can be started", async () => {
    await finish({ start: [makeServiceCommand(["echo", "ran"])] }, "0");
    const place = join(folder, "state/a");
    const start = async () => {
      const ended = await promisify(execFile)(join(folder, "tree/run"), { cwd: place });
      return ended.stdout;
    };
    await writeFile(join(place, "told"), "");
    expect(await start()).toBe("");
    const ended = execFile(join(folder, "tree/finish"), ["0", "0"], { cwd: place });
    expect(await once(ended, "exit")).toEqual([125, null]);
    expect(await start()).toBe("ran\n");
    await Promise.all(["told", "again"].map((name) => writeFile(join(place, name), "")));
    expect(await start()).toBe("ran\n");
    expect((await readdir(place)).filter((name) => /^(told|again|late)$/.test(name))).toEqual([]);
  });

  it("a failure that is to go on leaves the container as it is", async () => {
    const found = await finish({ onFailure: "go-on" }, "1");
    expect(found).toMatchObject({ code: 125, mark: "failed", status: "" });
  });
});
