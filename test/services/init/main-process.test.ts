/** Services whose main process is another one than the init has started: forking, MAINPID. */
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../support/folder.ts";
import { lacks } from "../../support/tools.ts";
import { isRunning, runInit, type TestService } from "./support.ts";

const isRoot = process.getuid?.() === 0;

/** A daemon that leaves a process behind, which writes its number to a file, and ends on TERM. */
const daemon = (file: string, more = "") =>
  `rm -f ${file}; setsid sh -c 'trap "echo daemon ends; exit" TERM; ${more} echo $$ > ${file}.part; ` +
  `mv ${file}.part ${file}; echo daemon; while :; do sleep 0.05; done' & ` +
  `until [ -e ${file} ]; do sleep 0.02; done`;

/** Says something to the socket of the service. */
const notify = (text: string) =>
  "perl -MSocket -e 'socket(S,AF_UNIX,SOCK_DGRAM,0);" +
  `send(S,$ARGV[0],0,sockaddr_un($ENV{NOTIFY_SOCKET}))' "$(printf "${text}")"`;

async function numberIn(file: string): Promise<number> {
  return Number(await readFile(file, "utf8"));
}

describe.skipIf(lacks("s6-socklog", "setsid", "perl", "sh"))("a main process of its own", () => {
  it.each(["named by its file", "looked for"])(
    "of a service that forks, %s: it gets the signal, and its end counts",
    async (way) => {
      const folder = await temporaryFolder();
      const file = join(folder, "pid");
      const service: TestService = {
        forks: true,
        readiness: { kind: "pid-file", ...(way === "named by its file" && { path: file }) },
        run: daemon(file),
      };
      const init = await runInit([service, {
        name: "b",
        after: ["a"],
        run: "echo b; exec sleep 1000",
      }]);
      await init.until("b\n");
      const pid = await numberIn(file);
      expect(await isRunning(pid)).toBe(true);
      init.kill();
      expect(await init.ended).toEqual({ status: 0, output: "daemon\nb\ndaemon ends\n" });
      expect(await isRunning(pid)).toBe(false);

      const again = await runInit([service, {
        name: "b",
        after: ["a"],
        run: "echo b; exec sleep 1000",
      }]);
      await again.until("b\n");
      const own = await numberIn(file);
      process.kill(own, "SIGKILL");
      const { status, output } = await again.ended;
      expect([status, output]).toEqual([1, expect.stringContaining(`process ${own} has ended`)]);
    },
  );

  it("of a service that names it (MAINPID), and then ends: reloads, signals and the stop are its", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "pid");
    const init = await runInit([{
      readiness: { kind: "notify", from: "all" },
      run: `${daemon(file, 'trap "echo daemon reads again" HUP;')}; ` +
        `${notify(`READY=1\\nMAINPID=$(cat ${file})`)}; exit 0`,
    }, { name: "b", after: ["a"], run: "echo b; exec sleep 1000" }]);
    await init.until("b\n");
    init.kill("SIGHUP");
    await init.until("daemon reads again\n");
    init.kill();
    const { status, output } = await init.ended;
    expect([status, output.split("\n").sort()]).toEqual([
      0,
      ["", "b", "daemon", "daemon ends", "daemon reads again"],
    ]);
    expect(await isRunning(await numberIn(file))).toBe(false);
  });

  it("a service that asks for more time to be ready has it", async () => {
    const init = await runInit([{
      readiness: { kind: "notify", from: "all", limit: 400 },
      run: `${notify("EXTEND_TIMEOUT_USEC=60000000")}; sleep 1; ${notify("READY=1")}; ` +
        "exec sleep 1000",
    }, { name: "b", after: ["a"], run: "echo b; exit 3" }]);
    expect((await init.ended).output).toMatch(/^b\n/);
  });

  it.skipIf(!isRoot)("is never one of another user", async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o777);
    const file = join(folder, "pid");
    const init = await runInit([{
      user: "nobody",
      forks: true,
      readiness: { kind: "pid-file", path: file, limit: 400 },
      run: `echo ${process.pid} > ${file}`,
    }]);
    const { status, output } = await init.ended;
    expect([status, output]).toEqual([
      1,
      expect.stringContaining("a: it is not ready after 400 ms"),
    ]);
    expect(await isRunning(process.pid)).toBe(true);
  });
});
