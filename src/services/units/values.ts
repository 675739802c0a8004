/** Reads single values of units: booleans, times, sizes, modes, numbers. */
import { InvalidValue } from "./words.ts";

/** Reads a boolean in any of systemd's spellings. @throws InvalidValue */
export function readBoolean(value: string): boolean {
  if (/^(?:1|yes|y|true|t|on)$/i.test(value)) return true;
  if (/^(?:0|no|n|false|f|off)$/i.test(value)) return false;
  throw new InvalidValue("it is neither yes nor no");
}

/** In milliseconds. */
const TIMES: readonly (readonly [names: string, length: number])[] = [
  ["us usec µs μs", 0.001],
  ["ms msec", 1],
  ["s sec second seconds", 1000],
  ["m min minute minutes", 60_000],
  ["h hr hour hours", 3_600_000],
  ["d day days", 86_400_000],
  ["w week weeks", 604_800_000],
  // As systemd counts: a year of 365.25 days, and its twelfth.
  ["M month months", 2_629_800_000],
  ["y year years", 31_557_600_000],
];

const TIME_UNITS = new Map(
  TIMES.flatMap(([names, length]) => names.split(" ").map((name) => [name, length] as const)),
);

/**
 * Reads a span of time such as `5min 20s`, in milliseconds; numbers without a unit are seconds.
 * @throws InvalidValue
 */
export function readTime(value: string, unit = 1000): number {
  if (value === "infinity") return Infinity;
  const parts = [...value.matchAll(/\s*\+?(\d+(?:\.\d*)?|\.\d+)\s*([a-zA-Zµμ]*)/gy)];
  const total = parts.reduce((sum, [, number, name]) => {
    const length = name === "" ? unit : TIME_UNITS.get(name!);
    if (length === undefined) throw new InvalidValue(`${name} is not a unit of time`);
    return sum + Number(number) * length;
  }, 0);
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== value) {
    throw new InvalidValue("it is not a span of time");
  }
  return total;
}

const SIZE_UNITS = "BKMGTPE";

/** Reads a size in bytes, with a suffix of powers of 1024. @throws InvalidValue */
export function readSize(value: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([BKMGTPE])?$/.exec(value);
  if (found === null) throw new InvalidValue("it is not a size");
  return Math.floor(Number(found[1]) * 1024 ** SIZE_UNITS.indexOf(found[2] ?? "B"));
}

/** Reads the bits of a mode, in octal. @throws InvalidValue */
export function readMode(value: string): number {
  if (!/^0?[0-7]{1,4}$/.test(value)) throw new InvalidValue("it is not a mode in octal");
  return parseInt(value, 8);
}

/** Reads a whole number within bounds. @throws InvalidValue */
export function readInteger(value: string, least: number, most: number): number {
  const number = /^[+-]?\d+$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  throw new InvalidValue(`it is not a number from ${least} to ${most}`);
}

/** Reads one of some words. @throws InvalidValue */
export function readChoice<Word extends string>(value: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new InvalidValue(`it is none of ${words.join(", ")}`);
  return found;
}

/** Checks that a value is an absolute path without `..`, and takes needless slashes out of it. */
export function readPath(value: string): string {
  if (!value.startsWith("/")) throw new InvalidValue("it is not an absolute path");
  return readInnerPath(value);
}

/** Checks that a path has no `..`, and takes needless slashes and dots out of it. */
export function readInnerPath(value: string): string {
  if (value.split("/").includes("..")) throw new InvalidValue("it has .. in it");
  return value.replace(/\/(?:\.?\/)+/g, "/").replace(/(?<=.)\/\.?$/, "").replace(/^\.\//, "");
}
