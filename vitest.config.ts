/**
 * Tests of two sorts: `unit` needs nothing but this folder; `e2e` talks to real registries and engines,
 * which its global setup starts once, and comes after unit. What takes long is in projects of its own
 * (`unit-long`, `e2e-long`), which `npm test` leaves out: `test/kinds.ts` has the lists.
 *
 * Files of `unit` take turns in one process for each processor, since to start one and to load the
 * sources anew takes longer than most of them; those that would disturb others are `unit-alone`.
 *
 * The pool is `forks`, the only one that works under Deno too.
 */
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { ALONE, LONG_E2E, LONG_UNIT } from "./test/kinds.ts";

/** Waits are for what comes; how long that takes on a busy machine is nobody's fault. */
const PATIENT = {
  expect: { poll: { timeout: 60_000 } },
  testTimeout: 300_000,
  hookTimeout: 300_000,
};

// WATCH_HANDLES=1: a file of tests that leaves files open fails, and says where.
const WATCH = process.env["WATCH_HANDLES"] ? ["test/support/handles-setup.ts"] : [];

const UNIT = { globalSetup: "test/support/bundle.ts", setupFiles: WATCH, ...PATIENT };
const REAL = {
  ...PATIENT,
  globalSetup: ["test/support/bundle.ts", "test/e2e/setup.ts"],
  sequence: { groupOrder: 1 },
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
          exclude: ["test/e2e/**", ...ALONE, ...LONG_UNIT],
          ...UNIT,
          isolate: false,
          globalSetup: ["test/support/left-out.ts", "test/support/bundle.ts"],
          setupFiles: ["test/support/shared-process.ts", ...WATCH],
        },
      },
      { test: { name: "unit-alone", include: [...ALONE], ...UNIT } },
      { test: { name: "unit-long", include: [...LONG_UNIT], ...UNIT } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: [...LONG_E2E],
          ...REAL,
        },
      },
      { test: { name: "e2e-long", include: [...LONG_E2E], ...REAL } },
    ],
  },
});
