/** Programs of this machine that tests use, so that a test is skipped, by name, where one is missing. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Lists the programs that are in no folder of `PATH`. */
export function listMissing(...programs: readonly string[]): string[] {
  return programs.filter((program) => !isInPath(program));
}

/** Tells whether a program is missing, and says which: `it.skipIf(lacks("git"))`. */
export function lacks(...programs: readonly string[]): boolean {
  const missing = listMissing(...programs);
  for (const program of missing.filter((one) => !told.has(one))) {
    told.add(program);
    console.log(`skipped: tests that need ${program}, which is not installed`);
  }
  return missing.length > 0;
}

const told = new Set<string>();

function isInPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
