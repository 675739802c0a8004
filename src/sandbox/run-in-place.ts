/** Runs a command in a place of its own, and reads what it has written. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryName } from "../bytes/disk/owner.ts";
import type { SandboxCommand, SandboxOptions } from "./command.ts";
import { describeRun, type RunMeans } from "./describe-run.ts";
import { followRun } from "./follow-run.ts";
import { addGone, stopWithin } from "./layer/copy-end.ts";
import type { Written } from "./layer/written.ts";
import { MOST_PROCESSES } from "./place/place.ts";
import { makeProcessGroup } from "./system/cgroup.ts";
import { applyFakeroot, type Fakeroot } from "./system/fakeroot.ts";
import { beginHelper, type HelperScript } from "./system/helper.ts";
import { removeMapped } from "./system/home.ts";
import { isOnCopy, type RunWay } from "./system/way.ts";

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
