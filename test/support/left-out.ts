/** After a run without the files that take long: says which these are, and how to run them. */
import type { TestProject } from "vitest/node";
import { LONG_E2E, LONG_UNIT } from "../kinds.ts";

export default function setup({ vitest }: TestProject): (() => void) | undefined {
  if (vitest.projects.some(({ name }) => name.endsWith("-long"))) return undefined;
  const names = [...LONG_UNIT, ...LONG_E2E]
    .map((file) => file.slice("test/".length, -".test.ts".length));
  return () => {
    console.log(`\n${names.length} files that take long are left out: ${names.join(" ")}`);
    console.log("npm run test:long runs them, npm run test:all all files");
  };
}
