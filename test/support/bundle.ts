/** Before all tests: bundles the command line anew where a source is newer, for the launcher runs the bundle. */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCES = ["src", "transports", "tools/bundle.ts", "package-lock.json"];

/** Does it; vitest calls this once for each project. */
export default function setup(): void {
  const bundle = statSync(join(ROOT, "dist/cli/main.cjs"), { throwIfNoEntry: false });
  if (bundle !== undefined && SOURCES.every((path) => isOlder(join(ROOT, path), bundle.mtimeMs))) {
    return;
  }
  const node = join(ROOT, "node_modules/.bin/node");
  const { status, error } = spawnSync(node, ["tools/bundle.ts"], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw error ?? new Error(`tools/bundle.ts ended with ${status}`);
}

/** Is it, and all below it where it is a folder, older than that? */
function isOlder(path: string, time: number): boolean {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs <= time;
  return readdirSync(path).every((name) => isOlder(join(path, name), time));
}
