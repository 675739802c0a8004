/** Temporary folders that tests clean up. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that is gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const { path, dispose } = await folderToDispose();
  onTestFinished(dispose);
  return path;
}

/** The same for code that cleans up by itself. */
export async function folderToDispose(): Promise<{ path: string; dispose(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "nixoci-test-"));
  return { path, dispose: () => rm(path, { recursive: true, force: true }) };
}
