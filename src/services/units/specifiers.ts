/** Expands `%` in the values of units (systemd.unit(5), "Specifiers"), as the system's manager does. */
import { dirname } from "node:path/posix";
import type { UnitName } from "./unit-name.ts";
import { unescapeUnitName } from "./unit-name.ts";
import { InvalidValue } from "./words.ts";

/** Expands the specifiers of a text. @throws InvalidValue for one that has no value here. */
export type ExpandText = (text: string) => string;

/** The facts that specifiers stand for. */
export interface SpecifierFacts {
  readonly name: UnitName;
  /** Of the unit's file. */
  readonly path: string;
  /** The image's architecture, in systemd's words: `x86-64`, `arm64`. */
  readonly architecture?: string;
}

/** Specifiers whose values are only known where a container runs, or from files of the image. */
const UNKNOWN: Readonly<Record<string, string>> = {
  b: "the boot's ID",
  d: "the folder of credentials",
  H: "the host's name",
  l: "the host's short name",
  m: "the machine's ID",
  q: "the host's pretty name",
  v: "the kernel's release",
  ...{ A: "the image's version", B: "the build's ID", M: "the image's ID" },
  ...{ o: "the system's ID", w: "the system's version", W: "the system's variant" },
};

/** Makes the function that expands specifiers for a unit. */
export function createExpander({ name, path, architecture }: SpecifierFacts): ExpandText {
  const values = { ...placesOf(path), ...namesOf(name), ...(architecture && { a: architecture }) };
  return (text) =>
    text.replace(/%([a-zA-Z\d%])/g, (_, letter: string) => {
      const value = (values as Readonly<Record<string, string>>)[letter];
      if (value !== undefined) return value;
      const what = UNKNOWN[letter];
      if (letter === "a") throw new InvalidValue("%a, the architecture, is not known");
      if (what === undefined) throw new InvalidValue(`%${letter} is not a specifier`);
      throw new InvalidValue(`%${letter}, ${what}, is not known when an image is built`);
    });
}

function namesOf({ prefix, instance, suffix }: UnitName): Record<string, string> {
  const whole = instance === undefined ? prefix : `${prefix}@${instance}`;
  const last = prefix.slice(prefix.lastIndexOf("-") + 1);
  return {
    n: `${whole}.${suffix}`,
    N: whole,
    p: prefix,
    P: unescapeUnitName(prefix),
    i: instance ?? "",
    I: unescapeUnitName(instance ?? ""),
    j: last,
    J: unescapeUnitName(last),
    f: `/${unescapeUnitName(instance || prefix).replace(/^\/+/, "")}`,
  };
}

/** Returns what is the same for all units: the manager is root's. */
function placesOf(path: string): Record<string, string> {
  return {
    "%": "%",
    ...{ C: "/var/cache", D: "/usr/share", E: "/etc", L: "/var/log", S: "/var/lib", t: "/run" },
    ...{ T: "/tmp", V: "/var/tmp", h: "/root", s: "/bin/sh" },
    ...{ u: "root", U: "0", g: "root", G: "0" },
    y: path,
    Y: dirname(path),
  };
}
