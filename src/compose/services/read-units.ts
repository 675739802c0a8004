/** Reads the systemd units that a SPEC names: from files, from the image, or as texts. */
import { readdir } from "node:fs/promises";
import { posix, resolve } from "node:path";
import type { OnNotice } from "../../base/notices.ts";
import { NixociError, wrapError } from "../../base/errors.ts";
import type { Service } from "../../services/service.ts";
import { createDiskTree } from "../../services/units/disk-tree.ts";
import { findUnit } from "../../services/units/find-unit.ts";
import { readUnit, serviceOf } from "../../services/units/read-unit.ts";
import type { JudgedAssignment, Unit, UnitReport } from "../../services/units/types.ts";
import type { UnitTree } from "../../services/units/unit-tree.ts";

/** A unit as a SPEC names it: by its name in the image, by its file, or as a text. */
export interface AskedUnit {
  readonly at: string;
  readonly unit: string | { readonly name: string; readonly text: string };
}

/** The surroundings of units. */
export interface UnitOptions {
  /** The folder that relative paths are below. */
  readonly folder: string;
  readonly tree: UnitTree;
  /** In the words of images: `amd64`. */
  readonly architecture: string | undefined;
  /** Lines that are not kept as they are: refused, or told. */
  readonly strict: boolean;
  readonly onNotice?: OnNotice | undefined;
}

/**
 * Reads units as services. Each of their lines that is not kept is told.
 * @throws NixociError with the field: `NOT_FOUND` for a unit that is not there, `UNSUPPORTED` for one
 * that is not a service, or, where strict, has lines that are not kept.
 */
export async function readUnits(
  asked: readonly AskedUnit[],
  options: UnitOptions,
): Promise<Service[]> {
  const services: Service[] = [];
  for (const { at, unit } of asked) {
    try {
      for (const one of await openUnits(unit, options)) {
        services.push({ ...readService(one, options), field: at });
      }
    } catch (error) {
      throw wrapError(error, at);
    }
  }
  return services;
}

async function openUnits(
  unit: AskedUnit["unit"],
  { folder, tree }: UnitOptions,
): Promise<Unit[]> {
  if (typeof unit !== "string") return [{ ...unit, path: unit.name }];
  if (!unit.includes("/")) return [await findUnit(unit, tree)];
  const path = resolve(folder, unit);
  const [parent, name] = [posix.dirname(path), posix.basename(path)];
  const names = name.includes("*") ? await listMatching(parent, name) : [name];
  const disk = createDiskTree("/");
  return await Promise.all(names.map((one) => findUnit(one, disk, [parent])));
}

async function listMatching(folder: string, pattern: string): Promise<string[]> {
  const parts = pattern.split("*").map((part) => part.replace(/[^\w]/g, "\\$&"));
  const form = new RegExp(`^${parts.join("[^/]*")}$`);
  const names = (await readdir(folder)).filter((name) => form.test(name)).sort();
  if (names.length > 0) return names;
  throw new NixociError("NOT_FOUND", `no unit is called so: ${folder}/${pattern}`);
}

/** Gives a user of the image's own the name of its service, where it has none. */
function nameUser(service: Service): Service {
  return service.makesUser && !service.user ? { ...service, user: service.name } : service;
}

/** The words of systemd for those of images. */
const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: "x86-64", "386": "x86" };

function readService(unit: Unit, { architecture, strict, onNotice }: UnitOptions): Service {
  const facts = architecture === undefined
    ? {}
    : { architecture: ARCHITECTURES[architecture] ?? architecture };
  const read = readUnit(unit, facts);
  const service = nameUser(serviceOf(read, unit.path));
  const stray = read.report.strayLines.map(({ path, line }) => `${path}:${line}: it says nothing`);
  for (const message of [...listLost(read.report), ...stray]) {
    if (strict) {
      throw new NixociError("UNSUPPORTED", message, {
        hint: "change the line, or leave strictUnits out",
      });
    }
    onNotice?.({ code: "SERVICE", message });
  }
  return service;
}

/** Lists what is lost, lines of one file that share their fate together: sandboxes have many. */
function listLost({ assignments }: UnitReport): string[] {
  const groups = new Map<string, JudgedAssignment[]>();
  for (const one of assignments.filter(({ fate }) => fate !== "kept")) {
    const key = JSON.stringify([one.path, one.fate, one.note]);
    groups.set(key, [...groups.get(key) ?? [], one]);
  }
  return [...groups.values()].map((all) => {
    const [{ path, line, fate, note }] = all as [JudgedAssignment];
    if (all.length === 1) return `${path}:${line}: ${all[0]!.name} is ${fate}: ${note}`;
    const names = all.map((one) => `${one.name} (${one.line})`).join(", ");
    return `${path}:${line}: ${names} are ${fate}: ${note}`;
  });
}

/**
 * Leaves out of what services wait for all that is not in the image: systemd orders only units that
 * are there. A need of one that is not there is told, and an alias that another one has.
 */
export function dropAbsent(
  services: readonly Service[],
  isOfUnit: (service: Service) => boolean,
  onNotice: OnNotice | undefined,
): Service[] {
  reportTaken(services, onNotice);
  const names = new Set(services.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
  const isThere = (name: string) => names.has(name);
  return services.map((service) => {
    if (!isOfUnit(service)) return service;
    const { after = [], precedes = [], requires = [], origin } = service;
    for (const name of requires.filter((one) => !isThere(one))) {
      const message = `${origin}: it requires ${name}, which is not among the services`;
      onNotice?.({ code: "SERVICE", message });
    }
    return {
      ...service,
      after: after.filter(isThere),
      precedes: precedes.filter(isThere),
      requires: requires.filter(isThere),
    };
  });
}

/** Tells of aliases that are names of other services: those count. */
function reportTaken(services: readonly Service[], onNotice: OnNotice | undefined): void {
  const owners = new Map(services.map((service) => [service.name, service]));
  for (const service of services) {
    for (const alias of service.aliases ?? []) {
      const owner = owners.get(alias);
      if (owner === undefined) owners.set(alias, service);
      if (owner === undefined || owner === service) continue;
      const message =
        `${service.origin}: its alias ${alias} is not had: ${owner.origin} has that name`;
      onNotice?.({ code: "SERVICE", message });
    }
  }
}
