/** Starts the real peers once for all of `test/e2e`, however many projects have a part of it, and ends them. */
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type Started, startPeers } from "./support/start.ts";

/** What a run has started. Each project loads this file anew, so that it is kept beside the modules. */
const run = globalThis as { startedPeers?: Promise<Started>; stoppedPeers?: Promise<void> };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { peers } = await (run.startedPeers ??= start());
  project.provide("peers", peers);
  return async () => await (run.stoppedPeers ??= stop(await run.startedPeers!));
}

async function start(): Promise<Started> {
  const started = await startPeers();
  for (const [part, why] of Object.entries(started.peers.missing)) {
    console.warn(`e2e: ${part} is missing, and cases that need it are skipped: ${why}`);
  }
  return started;
}

async function stop(started: Started): Promise<void> {
  if (process.exitCode) await keepLogs(started);
  await started.stop();
}

/** After a failure: what the servers said, where it can be read. */
async function keepLogs(started: Started): Promise<void> {
  const folder = join(tmpdir(), "nixoci-e2e-logs");
  await mkdir(folder, { recursive: true });
  for (const [name, log] of await started.logs()) await writeFile(join(folder, name), log);
  console.warn(`e2e: the servers' logs are in ${folder}`);
}
