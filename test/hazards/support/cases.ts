/** Which cases are tried, and how many a test has tried. */
import type { TestContext } from "vitest";

/** Whether all are tried, as `npm run test:hazards -- --full` does; else a few of each kind. */
export const FULL = process.env["HAZARDS_FULL"] === "1";

/** Takes all of the cases, or each twelfth of them: they go on in `npm run test:long`. */
export function selectCases<T>(cases: readonly T[]): readonly T[] {
  return FULL ? cases : cases.filter((_, i) => i % 12 === 0);
}

declare module "vitest" {
  interface TaskMeta {
    /** How many cases the test has tried; 1 without it. */
    cases?: number;
  }
}

/** Notes for the table of docs/trust.md that one test tries so many cases. */
export function noteCases({ task }: Pick<TestContext, "task">, count: number): void {
  task.meta.cases = count;
}
