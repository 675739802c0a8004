/** Reads a systemd unit as a service, with a report of what becomes of each of its lines. */
import { NixociError } from "../../base/errors.ts";
import { createUnitDraft } from "./draft.ts";
import { judgeAssignments } from "./judge.ts";
import { readAssignments } from "./lines.ts";
import { makeService } from "./make-service.ts";
import { createExpander } from "./specifiers.ts";
import type { ReadUnit, Unit } from "./types.ts";
import { parseUnitName, serviceNameOf } from "./unit-name.ts";

/** Facts of the image that a unit may ask for. */
export interface UnitFacts {
  /** In systemd's words, such as `x86-64` and `arm64`, for `%a`. */
  readonly architecture?: string;
}

/** The kinds of units that cannot be services, and what to do instead. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  timer: "timers do not work in an image: let the platform start containers at times",
  socket: "sockets do not start services: the service opens its own",
  path: "paths are not watched: name the service itself",
  target: "a container has no targets: name the services",
  mount: "mounts are the engine's: give it a volume",
  automount: "mounts are the engine's: give it a volume",
  swap: "swap is the host's",
  device: "devices are the host's",
  slice: "the engine sets the limits of a container",
  scope: "scopes are made by programs, never by files",
};

/**
 * Reads a unit and its drop-ins as systemd reads them. Nothing is passed over: each assignment is in
 * the report once, with its fate.
 * @throws NixociError `MALFORMED` and `LIMIT` as {@link readAssignments}, `USAGE` for a name that is
 * not a unit's.
 */
export function readUnit(unit: Unit, { architecture }: UnitFacts = {}): ReadUnit {
  const name = parseUnitName(unit.name);
  const files = [unit, ...unit.dropIns ?? []]
    .map((file) => ({ path: file.path, ...readAssignments(file) }));
  const assignments = files.flatMap((file) => file.assignments);
  const strayLines = files.flatMap(({ path, stray }) => stray.map((line) => ({ path, line })));
  const report = { unit: unit.name, strayLines };
  const other = OTHER_KINDS[name.suffix];
  if (other !== undefined) {
    const judged = assignments.map((one) => ({ ...one, fate: "not had" as const, note: other }));
    return { report: { ...report, assignments: judged, problems: [other] } };
  }
  const draft = createUnitDraft();
  const expand = createExpander({ name, path: unit.path, ...(architecture && { architecture }) });
  const judged = judgeAssignments(assignments, draft, expand);
  const problems = name.instance === ""
    ? [`it is a template: name an instance, such as ${name.prefix}@1.service`]
    : [];
  addAliases(unit, draft.fields);
  const made = makeService(draft, serviceNameOf(unit.name), unit.path);
  if (made.kind === "problems") problems.push(...made.problems);
  return {
    ...(made.kind === "service" && problems.length === 0 && { service: made.service }),
    report: { ...report, assignments: judged, problems },
  };
}

function addAliases(unit: Unit, fields: { aliases?: readonly string[] }): void {
  const more = unit.aliases?.map(serviceNameOf) ?? [];
  if (more.length > 0) fields.aliases = [...new Set([...fields.aliases ?? [], ...more])];
}

/**
 * Returns the service of a unit that was read.
 * @throws NixociError `UNSUPPORTED` with the first reason why there is none.
 */
export function serviceOf(
  { service, report }: ReadUnit,
  path: string,
): NonNullable<ReadUnit["service"]> {
  if (service !== undefined) return service;
  const [first = "it is not a service"] = report.problems;
  throw new NixociError("UNSUPPORTED", `${path}: ${first}`);
}
