/** Runs a command in a place of its own, and reads what it has written. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { codeOf, NixociError, wrapError } from "../base/errors.ts";
import { makeTemporaryName } from "../bytes/disk/owner.ts";
import type { BaseTree } from "./base-tree.ts";
import type { BegunTree } from "./begun.ts";
import { makeProcessGroup, type ProcessGroup } from "./cgroup.ts";
import type { SandboxCommand, SandboxOptions } from "./command.ts";
import { describeCopy } from "./copy-place.ts";
import { formatCopyRun } from "./copy-script.ts";
import { addGone, stopWithin } from "./copy-end.ts";
import { explainFullDisk, isFull, MORE_ROOM } from "./disk-room.ts";
import { chooseFakeroot } from "./choose-fakeroot.ts";
import { applyFakeroot, type Fakeroot } from "./fakeroot.ts";
import { followEntry } from "./follow.ts";
import { beginHelper, feedHelper, type Helper, type HelperScript } from "./helper.ts";
import { removeMapped, type SandboxHome } from "./home.ts";
import { diskIdOf } from "./mapping.ts";
import { lendNetworkFiles } from "./network-files.ts";
import { describePlace, MOST_PROCESSES, selectCopies, selectShares } from "./place.ts";
import { checkProgram } from "./program.ts";
import { sizeOf } from "./tree-entry.ts";
import { formatRun } from "./scripts.ts";
import { checkUser, findUser } from "./user.ts";
import type { RunWay } from "./way.ts";
import { readWritten, tooMuchError, type Written } from "./written.ts";

/** The means by which a command runs, and the files that it finds. */
export interface RunMeans {
  readonly home: SandboxHome;
  readonly way: RunWay;
  readonly tree: BaseTree;
  readonly begun: BegunTree;
}

/**
 * Runs a command in a folder of its own, which is gone afterwards.
 * @throws NixociError `FAILED`, `LIMIT`, `NOT_FOUND`, `UNSUPPORTED`.
 */
export async function runInPlace(
  command: SandboxCommand,
  means: RunMeans,
  options: SandboxOptions,
): Promise<Written> {
  const { home, way, tree } = means;
  const name = makeTemporaryName();
  const folder = join(home.runs, name);
  mkdirSync(folder, { mode: 0o700 });
  const group = makeProcessGroup(command.limits?.processes ?? MOST_PROCESSES);
  try {
    const { text, fakeroot } = await describeRun(command, means, { folder, group, ...options });
    if (command.script !== undefined) writeFileSync(join(folder, "script"), command.script);
    const helper = await beginHelper({
      text,
      folder,
      ...namespacesOf(way, fakeroot),
      signal: options.signal,
    });
    // Else what nobody reads yet would be dropped at the helper's end.
    helper.result.on("readable", () => {});
    try {
      const written = await followRun(helper, command, means, options);
      if (fakeroot !== undefined) return applyFakeroot(written, folder);
      return isOnCopy(way) ? addGone(written, tree.index) : written;
    } finally {
      await helper.stop();
      if (way.kind === "chroot") stopWithin(join(folder, "copy"));
    }
  } finally {
    await group?.[Symbol.asyncDispose]();
    await removeMapped(home.runs, name, way.mapping);
  }
}

/** The facts about a run. */
interface RunFacts extends Pick<SandboxOptions, "onNotice"> {
  readonly folder: string;
  readonly group: ProcessGroup | undefined;
}

/** Describes the run as a script. */
async function describeRun(
  asked: SandboxCommand,
  { way, tree, begun }: RunMeans,
  { folder, group, onNotice }: RunFacts,
): Promise<{ readonly text: string; readonly fakeroot?: Fakeroot | undefined }> {
  const { mapping } = way;
  const command = way.kind === "chroot" ? { ...asked, shares: await selectCopies(asked) } : asked;
  const find = (path: string) => begun.find(path) ?? tree.index.get(path);
  const diskPathOf = (path: string) => {
    return begun.find(path) === undefined ? join(tree.folder, "tree", path) : undefined;
  };
  const readText = async (path: string) => {
    const real = followEntry(find, path);
    const disk = diskPathOf(real);
    if (disk === undefined) return await begun.readText(real);
    return tree.index.get(real)?.type === "file" ? readFileSync(disk, "utf8") : undefined;
  };
  const shares = selectShares(command, find);
  const head = checkProgram({ ...command, shares }, { find, diskPathOf });
  const fakeroot = chooseFakeroot(way, head, onNotice);
  const user = checkUser(await findUser(command.user || "0", readText), mapping);
  const { mode, uid, gid } = begun.find("") ?? tree.index.get("")!;
  const plan = { user, find, group, fakeroot, lent: lendNetworkFiles(command, find, folder) };
  const place = {
    lower: tree.index.size > 1 ? relative(folder, join(tree.folder, "tree")) : undefined,
    mode: mode.toString(8),
    owner: `${diskIdOf(mapping.uids, uid)}:${diskIdOf(mapping.gids, gid)}`,
    isBegun: begun.archive !== undefined,
    mostBytes: command.limits?.size,
  };
  if (way.kind === "disk" || way.kind === "memory") {
    const text = formatRun({ ...place, ...describePlace(command, plan), overlay: way.kind });
    return { text, fakeroot };
  }
  const isRoot = mapping.kind !== "plain";
  return { text: formatCopyRun({ ...place, ...describeCopy(command, way.kind, plan), isRoot }) };
}

function isOnCopy({ kind }: RunWay): boolean {
  return kind === "bubblewrap" || kind === "chroot";
}

/** Returns the namespaces of the helper; on a copy, it needs none. */
function namespacesOf(
  way: RunWay,
  fakeroot: Fakeroot | undefined,
): Pick<HelperScript, "mapping" | "namespaces"> {
  if (isOnCopy(way)) return { mapping: undefined };
  const more = fakeroot === undefined ? [] : ["--ipc"];
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child", ...more];
  return { mapping: way.mapping, namespaces };
}

/** Follows the run by its reports to its end. */
async function followRun(
  helper: Helper,
  command: SandboxCommand,
  { begun, way, home, tree }: RunMeans,
  { scratch, signal, onOutput }: SandboxOptions,
): Promise<Written> {
  helper.output.on("data", (bytes: Uint8Array) => onOutput?.(bytes));
  let report = await helper.nextReport();
  if (begun.archive !== undefined && report === "ready") {
    await feedHelper(helper, begun.archive, signal);
    report = await helper.nextReport();
  }
  const isRunning = report === "running";
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
    throw failedError(Number(status), way, isFull(Number(free)) ? home.runs : undefined);
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

const SAYS_WHY = "what it printed says why; nothing of it is kept";

/** The hint for programs that change owners, or drop rights, as package managers do. */
const NO_OWNERS = "what it printed says why; if it changes owners or users: this user has no " +
  "subordinate IDs, which root gives with usermod --add-subuids 100000-165535 " +
  "--add-subgids 100000-165535";

function tooLongError(time: number): NixociError {
  return new NixociError("LIMIT", `the command was stopped: it took more than ${time / 1000} s`, {
    hint: "allow it more time, if that is as it should be",
  });
}

function brokenError(complaint: string): NixociError {
  const why = complaint || "its helper ended early";
  return new NixociError("IO", `Cannot make the place for the command: ${why}`);
}

function failedError(status: number, { mapping }: RunWay, full: string | undefined): NixociError {
  const isSignal = status > 128 && status <= 192;
  const how = isSignal ? `ended by signal ${status - 128}` : `exit status ${status}`;
  if (full !== undefined) {
    const message = `${how}; no space is left on the device of ${full}`;
    return new NixociError("FAILED", message, { hint: MORE_ROOM });
  }
  return new NixociError("FAILED", how, {
    hint: mapping.kind === "one" || mapping.kind === "plain" ? NO_OWNERS : SAYS_WHY,
  });
}
