/** Starts the real peers once for all of `test/e2e`, and ends them. */
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type Started, startPeers } from "./support/start.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await startPeers();
  project.provide("peers", started.peers);
  for (const [part, why] of Object.entries(started.peers.missing)) {
    console.warn(`e2e: ${part} is missing, and cases that need it are skipped: ${why}`);
  }
  return async () => {
    if (process.exitCode) await keepLogs(started);
    await started.stop();
  };
}

/** After a failure: what the servers said, where it can be read. */
async function keepLogs(started: Started): Promise<void> {
  const folder = join(tmpdir(), "nixoci-e2e-logs");
  await mkdir(folder, { recursive: true });
  for (const [name, log] of await started.logs()) await writeFile(join(folder, name), log);
  console.warn(`e2e: the servers' logs are in ${folder}`);
}
