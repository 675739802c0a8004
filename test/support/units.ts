/** Units that differ in a few lines. */
import type { Service } from "../../src/services/service.ts";
import { readUnit } from "../../src/services/units/read-unit.ts";
import type { ReadUnit, UnitReport } from "../../src/services/units/types.ts";

/** Reads `/u/a.service`, whose lines of `[Service]` begin with the third. */
export function judge(lines: string): ReadUnit {
  const text = `[Service]\nExecStart=/bin/true\n${lines}`;
  return readUnit({ name: "a.service", path: "/u/a.service", text });
}

/** The service of these lines. */
export function serviceFrom(lines: string): Service {
  const { service, report } = judge(lines);
  if (service === undefined) throw new Error(report.problems.join("\n"));
  return service;
}

/** The note on a line. */
export function noteOf(report: UnitReport, line: number): string | undefined {
  return report.assignments.find((one) => one.line === line)?.note;
}
