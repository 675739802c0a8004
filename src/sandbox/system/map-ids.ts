/** Maps the IDs of user namespaces. */
import { execFile } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NixociError } from "../../base/errors.ts";
import { toOneLine } from "../../base/text.ts";
import { HELPER_ENVIRONMENT } from "./environment.ts";
import { formatRanges, type IdMapping, type IdRange } from "./mapping.ts";

/** Maps the IDs of a process's user namespace. @throws NixociError `UNSUPPORTED`. */
export async function setMapping(pid: number, { kind, uids, gids }: IdMapping): Promise<void> {
  if (kind === "subordinate") {
    await askToMap("newuidmap", pid, uids);
    await askToMap("newgidmap", pid, gids);
    return;
  }
  try {
    // Without it, a group that is taken from a user could be put off to gain rights.
    if (kind === "one") writeFileSync(`/proc/${pid}/setgroups`, "deny");
    writeFileSync(`/proc/${pid}/uid_map`, formatRanges(uids).join("\n"));
    writeFileSync(`/proc/${pid}/gid_map`, formatRanges(gids).join("\n"));
  } catch (error) {
    throw notStartedError(`mapping IDs: ${error instanceof Error ? error.message : error}`);
  }
}

/** Has a program with more rights than ours map subordinate IDs. */
async function askToMap(program: string, pid: number, ranges: readonly IdRange[]): Promise<void> {
  const words = formatRanges(ranges).flatMap((range) => range.split(" "));
  await new Promise<void>((resolve, reject) => {
    const options = { env: HELPER_ENVIRONMENT, timeout: 10_000 };
    execFile(program, [String(pid), ...words], options, (error, _, stderr) => {
      if (error === null) return resolve();
      const said = stderr.trim() === "" ? error.message : stderr.trim();
      reject(notStartedError(`${describeProgram(program)}: ${toOneLine(said)}`));
    });
  });
}

/** Names a program with its mode: without set-user-ID bit or capabilities, it may map nothing. */
function describeProgram(name: string): string {
  const path = HELPER_ENVIRONMENT.PATH.split(":").map((folder) => join(folder, name))
    .find((one) => existsSync(one));
  return path === undefined ? name : `${path} (mode ${formatMode(path)})`;
}

function formatMode(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8).padStart(4, "0");
}

/** Returns the error for what the system refuses. */
export function notStartedError(why: string): NixociError {
  return new NixociError("UNSUPPORTED", why || "the helper ended early");
}
