/** The lists of test files are true: what they name is there, and who has to be alone is. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ALONE, LONG_E2E, LONG_UNIT } from "./kinds.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

it("names files that are there, each once, e2e among their like", () => {
  const all = [...ALONE, ...LONG_UNIT, ...LONG_E2E];
  expect(all.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  expect(new Set(all).size).toBe(all.length);
  const real = all.filter((file) => file.startsWith("test/e2e/"));
  expect(real).toEqual(LONG_E2E);
});

it("has a process alone for each file that puts others in the place of modules", () => {
  const files = globSync("test/**/*.test.ts", { cwd: ROOT });
  expect(files.length).toBeGreaterThan(400);
  const mocking = files.filter((file) => {
    return /\bvi\.(mock|doMock|hoisted)\(/.test(readFileSync(join(ROOT, file), "utf8"));
  });
  expect(mocking.sort()).toEqual(ALONE);
});
