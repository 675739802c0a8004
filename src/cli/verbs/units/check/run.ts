/** The work of `nixoci units check`, and its lines. */
import { stat } from "node:fs/promises";
import { posix, resolve } from "node:path";
import { NixociError, wrapError } from "../../../../base/errors.ts";
import { createDiskTree } from "../../../../services/units/disk-tree.ts";
import { findUnit } from "../../../../services/units/find-unit.ts";
import { readUnit } from "../../../../services/units/read-unit.ts";
import type { JudgedAssignment, Unit, UnitReport } from "../../../../services/units/types.ts";

/** A unit's report without the values of its lines, which may be secrets. */
export interface CheckedUnit {
  readonly unit: string;
  readonly path: string;
  readonly lines: readonly (Omit<JudgedAssignment, "value"> & { readonly value?: string })[];
  readonly strayLines: UnitReport["strayLines"];
  readonly problems: readonly string[];
}

/** Reads units, each by its file or its name, and says what becomes of their lines. */
export async function checkUnits(
  words: readonly string[],
  root: string | undefined,
): Promise<CheckedUnit[]> {
  if (root !== undefined) await checkRoot(root);
  const checked: CheckedUnit[] = [];
  for (const word of words) checked.push(await checkUnit(word, root));
  return checked;
}

/** Errors of a unit that is there, but none: of many, it is told beside the others. */
const OF_UNITS: readonly string[] = ["REFUSED", "MALFORMED", "LIMIT"];

async function checkUnit(word: string, root: string | undefined): Promise<CheckedUnit> {
  try {
    const unit = await openUnit(word, root);
    const { assignments, ...report } = readUnit(unit).report;
    return { ...report, path: unit.path, lines: assignments.map(hideSecret) };
  } catch (error) {
    if (!(error instanceof NixociError) || !OF_UNITS.includes(error.code)) throw error;
    const { message, hint } = error;
    const problems = [hint === undefined ? message : `${message}; ${hint}`];
    return { unit: posix.basename(word), path: word, lines: [], strayLines: [], problems };
  }
}

async function checkRoot(root: string): Promise<void> {
  const isFolder = await stat(root).then((facts) => facts.isDirectory(), (error) => {
    throw wrapError(error, `Cannot look in --root ${root}`);
  });
  if (isFolder) return;
  throw new NixociError("USAGE", `Cannot look in --root ${root}: it is not a folder`, {
    hint: "name the folder that has the image's files",
  });
}

async function openUnit(word: string, root: string | undefined): Promise<Unit> {
  try {
    if (root !== undefined && !word.includes("/")) {
      return await findUnit(word, createDiskTree(root));
    }
    const path = resolve(word);
    return await findUnit(posix.basename(path), createDiskTree("/"), [posix.dirname(path)]);
  } catch (error) {
    if (error instanceof NixociError && error.code === "USAGE") throw error;
    throw wrapError(error, `Cannot read ${word}`);
  }
}

/** Directives whose values may be secrets. */
const SECRET = /^(?:Environment|SetCredential)/;

function hideSecret({ value, ...line }: JudgedAssignment): CheckedUnit["lines"][number] {
  return SECRET.test(line.name) ? line : { ...line, value };
}

/** Tells whether a unit is not a service, or, where that is asked for, not kept in every line. */
export function hasFailed({ problems, lines, strayLines }: CheckedUnit, strict: boolean): boolean {
  const isWhole = lines.every(({ fate }) => fate === "kept") && strayLines.length === 0;
  return problems.length > 0 || (strict && !isWhole);
}

/** In characters: more of a value says nothing here. */
const LONGEST = 60;

/** Writes a line for each assignment, and one that sums them up, for each unit. */
export function* describeChecks(checked: readonly CheckedUnit[]): Iterable<string> {
  for (const { unit, path, lines, strayLines, problems } of checked) {
    const fates = [...lines.map(({ fate }) => fate), ...strayLines.map(() => "not had")];
    const count = (fate: string) => fates.filter((one) => one === fate).length;
    const sums = ["kept", "changed", "not had"].map((fate) => `${count(fate)} ${fate}`);
    const fileOf = (line: string) => line === path ? "" : `${posix.basename(line)}:`;
    yield `${unit}: ${sums.join(", ")}`;
    for (const problem of problems) yield `  not a service: ${problem}`;
    for (const line of lines) {
      const note = line.note === undefined ? "" : `  (${line.note})`;
      const value = shortenValue(line.value ?? "…");
      yield `  ${line.fate.padEnd(7)}  ${
        fileOf(line.path)
      }${line.line}: ${line.name}=${value}${note}`;
    }
    for (const stray of strayLines) {
      const place = `${fileOf(stray.path)}${stray.line}`;
      yield `  not had  ${place}: it is not an assignment, and systemd passes over it, too`;
    }
  }
}

function shortenValue(value: string): string {
  return value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
}
