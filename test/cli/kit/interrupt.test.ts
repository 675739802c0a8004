/** Signals end whatever waits, with the status that shells expect, though a thread may hang. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../support/folder.ts";
import { LAUNCHER, RUN } from "../run.ts";

const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143]] as const;

/** A thread that reads a pipe in which nothing comes, and a signal. */
const HANGING = `
  import { readFile } from "node:fs/promises";
  import { listenForSignals } from "${new URL(
  "../../../src/cli/kit/interrupt.ts",
  import.meta.url,
)}";
  listenForSignals();
  readFile(process.argv.at(-1)).catch(() => {});
  setInterval(() => {}, 1000);
`;

describe("a signal", () => {
  it.for(SIGNALS)("%s ends the reading of a SPEC from a pipe", async ([signal, status]) => {
    const pipe = await makePipe();
    for (const verb of [["plan", pipe], ["build", pipe, "oci-dir:out"]]) {
      const { child, letGo } = await startReader([LAUNCHER, ...verb], pipe);
      process.kill(child.pid!, signal);
      expect(await once(child, "exit")).toEqual([status, null]);
      letGo();
    }
  });

  it.for(SIGNALS)("%s ends a process one of whose threads hangs", async ([signal, status]) => {
    const pipe = await makePipe();
    const script = join(await temporaryFolder(), "hanging.ts");
    await writeFile(script, HANGING);
    const { child, letGo } = await startReader([script], pipe, [pipe]);
    process.kill(child.pid!, signal);
    expect(await once(child, "exit")).toEqual([status, null]);
    letGo();
  });

  it.for(SIGNALS)("%s ends the reading of standard input", async ([signal, status]) => {
    const pipe = await makePipe();
    const writer = openSync(pipe, constants.O_RDWR);
    for (const words of [["plan", "-"], ["copy", "docker-archive:-", "oci-dir:out:x"]]) {
      const run = async (wait: number): Promise<unknown> => {
        const child = spawn(execPath, [...RUN, LAUNCHER, ...words], {
          stdio: [writer, "ignore", "ignore"],
        });
        await setTimeout(wait);
        process.kill(child.pid!, signal);
        const [code, by] = await once(child, "exit");
        return by === signal ? await run(2 * wait) : code; // it had not begun to listen
      };
      expect(await run(1000)).toBe(status);
    }
    closeSync(writer);
  });
});

async function makePipe(): Promise<string> {
  const pipe = join(await temporaryFolder(), "pipe");
  execFileSync("mkfifo", [pipe]);
  return pipe;
}

/** Starts what reads the pipe, and returns when it does; the pipe stays open, and nothing comes. */
async function startReader(script: readonly string[], pipe: string, more: readonly string[] = []) {
  const child = spawn(execPath, [...RUN, ...script, ...more], { stdio: "ignore" });
  for (;;) {
    try {
      const writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
      return { child, letGo: () => closeSync(writer) };
    } catch { // nobody reads yet
      expect([child.exitCode, child.signalCode]).toEqual([null, null]);
      await setTimeout(20);
    }
  }
}
