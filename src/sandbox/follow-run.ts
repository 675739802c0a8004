/** Follows the run of a command by its reports, to its end. */
import { codeOf, wrapError } from "../base/errors.ts";
import type { SandboxCommand, SandboxOptions } from "./command.ts";
import type { RunMeans } from "./describe-run.ts";
import { brokenError, failedError, foreignError, isTooLarge, tooLongError } from "./failures.ts";
import { readWritten, tooMuchError, type Written } from "./layer/written.ts";
import { BEGUN, BEGUN_OTHERS } from "./place/inner-script.ts";
import { findForeignProgram } from "./place/program.ts";
import { explainFullDisk, isFull } from "./system/disk-room.ts";
import { feedHelper, type Helper } from "./system/helper.ts";
import { isOnCopy } from "./system/way.ts";
import { sizeOf } from "./tree/tree-entry.ts";
import { createTreeView } from "./tree/view.ts";

/** The statuses of shells that could not run a program, or took it for a script. */
const NOT_RUN = ["2", "126", "127"];

const OTHERS =
  "the command sees the processes around it in /proc: what it runs in hides parts of " +
  "that, so that Linux mounts no other";

/** In characters, of what a command has printed: the last of it says why it failed. */
const LAST_WORDS = 8192;

/** Follows a run to its end. @throws NixociError `FAILED`, `LIMIT`, `IO`, `UNSUPPORTED`. */
export async function followRun(
  helper: Helper,
  command: SandboxCommand,
  { begun, way, home, tree }: RunMeans,
  { scratch, signal, onOutput, onNotice }: SandboxOptions,
): Promise<Written> {
  let printed = "";
  helper.output.on("data", (bytes: Uint8Array) => {
    printed = (printed + Buffer.from(bytes).toString()).slice(-LAST_WORDS);
    onOutput?.(bytes);
  });
  let report = await helper.nextReport();
  if (begun.archive !== undefined && report === "ready") {
    await feedHelper(helper, begun.archive, signal);
    report = await helper.nextReport();
  }
  const isRunning = report === BEGUN || report === BEGUN_OTHERS;
  if (report === BEGUN_OTHERS) onNotice?.({ code: "FALLBACK", message: OTHERS });
  const { time, size } = command.limits ?? {};
  let isLate = false;
  const timer = time === undefined || !isRunning ? undefined : setTimeout(() => {
    isLate = true;
    void helper.stop();
  }, time);
  if (isRunning) report = await helper.nextReport();
  clearTimeout(timer);
  signal?.throwIfAborted();
  if (isLate) throw tooLongError(time!);
  if (report === "full") throw tooMuchError(size!);
  const [, status, free] = /^status (\d+) (\d+)$/.exec(report ?? "") ?? [];
  if (status === undefined || !isRunning) {
    throw explainFullDisk(brokenError((await helper.wait()).complaint), home.runs);
  }
  if (status !== "0") {
    await helper.wait();
    if (size !== undefined && isTooLarge(Number(status), printed)) throw tooMuchError(size);
    const failed = failedError(Number(status), way, isFull(Number(free)) ? home.runs : undefined);
    const foreign = NOT_RUN.includes(status)
      ? await findForeignProgram(printed, command, createTreeView(tree, begun))
      : undefined;
    throw foreign === undefined ? failed : foreignError(failed, foreign);
  }
  // All of a copy comes back, also what was there before.
  const more = isOnCopy(way) ? sizeOf(tree.index) : 0;
  const limit = size === undefined ? undefined : size + more;
  const written = await readWritten(helper.result, { spool: await scratch.file(), limit })
    .catch((error) => {
      if (codeOf(error) === "LIMIT") throw tooMuchError(size!);
      throw wrapError(error, "Cannot read what the command has written");
    });
  const end = await helper.wait();
  if (end.status !== 0) throw brokenError(end.complaint);
  return written;
}
