/**
 * Two projects: `unit` needs nothing but this folder; `e2e` talks to real registries and engines,
 * which its global setup starts once. `npm test` runs both, e2e after unit, a file on each processor.
 *
 * The pool is `forks`, the only one that works under Deno too.
 */
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Waits are for what comes; how long that takes on a busy machine is nobody's fault. */
const PATIENT = {
  expect: { poll: { timeout: 60_000 } },
  testTimeout: 300_000,
  hookTimeout: 300_000,
};

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          globalSetup: "test/support/bundle.ts",
          // WATCH_HANDLES=1: a file of tests that leaves files open fails, and says where.
          setupFiles: process.env["WATCH_HANDLES"] ? ["test/support/handles-setup.ts"] : [],
          ...PATIENT,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/support/bundle.ts", "test/e2e/setup.ts"],
          sequence: { groupOrder: 1 },
          ...PATIENT,
        },
      },
    ],
  },
});
