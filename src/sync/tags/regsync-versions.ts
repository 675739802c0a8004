/**
 * Ranges of versions as regsync takes them: versions of any number of parts, compared part by part,
 * and constraints with spaces between them, which all have to hold.
 * @see https://regclient.org/usage/regsync/
 */
import { NixociError } from "../../base/errors.ts";

/** A version as regsync reads it. */
interface LooseVersion {
  readonly parts: readonly number[];
  readonly prerelease: string;
}

type Check = (version: LooseVersion) => boolean;

/**
 * Compiles a range.
 * @returns what tells whether a tag is a version in it.
 * @throws NixociError `MALFORMED`.
 */
export function compileRegsyncRange(range: string): (tag: string) => boolean {
  const checks = range.trim().split(/\s+/).flatMap((text) => compileConstraint(text, range));
  return (tag) => {
    const version = parseLooseVersion(tag);
    return version !== undefined && checks.every((check) => check(version));
  };
}

function compileConstraint(text: string, range: string): Check[] {
  const [, operator = "", rest = ""] = /^(>=|<=|[><=^~]?)(.*)$/.exec(text) ?? [];
  const version = parseLooseVersion(rest);
  if (version === undefined) {
    throw new NixociError("MALFORMED", `${JSON.stringify(range)} is not a range of versions`, {
      hint: "write one such as '>=1.2.0 <2.0.0' or '^1.2'",
    });
  }
  const compared = (holds: (order: number) => boolean, to = version): Check => (found) =>
    holds(compareVersions(found, to));
  const isBelow = (parts: readonly number[]) =>
    compared((order) => order < 0, { parts, prerelease: "" });
  const [major = 0, minor = 0, patch = 0] = version.parts;
  switch (operator) {
    case "^": {
      const next = major > 0 ? [major + 1] : minor > 0 ? [0, minor + 1] : [0, 0, patch + 1];
      return [compared((order) => order >= 0), isBelow(next)];
    }
    case "~":
      return [compared((order) => order >= 0), isBelow([major, minor + 1])];
    case ">=":
      return [compared((order) => order >= 0)];
    case "<=":
      return [compared((order) => order <= 0)];
    case ">":
      return [compared((order) => order > 0)];
    case "<":
      return [compared((order) => order < 0)];
    default:
      return [compared((order) => order === 0)];
  }
}

/** Parses `v1.2`, `20240101`, `1.2.3.4-rc1+build`; `undefined` for other texts. */
function parseLooseVersion(text: string): LooseVersion | undefined {
  const [, numbers, prerelease = ""] = /^v?([\d.]+)(?:-([^+]*))?(?:\+.*)?$/s.exec(text) ?? [];
  if (numbers === undefined || !/^\d{1,15}(?:\.\d{1,15})*$/.test(numbers)) return undefined;
  return { parts: numbers.split(".").map(Number), prerelease };
}

function compareVersions(a: LooseVersion, b: LooseVersion): number {
  for (let at = 0; at < Math.max(a.parts.length, b.parts.length); at++) {
    const apart = (a.parts[at] ?? 0) - (b.parts[at] ?? 0);
    if (apart !== 0) return apart;
  }
  // One without a prerelease comes after those with one.
  if (a.prerelease === "" || b.prerelease === "") {
    return Number(a.prerelease === "") - Number(b.prerelease === "");
  }
  return comparePrereleases(a.prerelease.split("."), b.prerelease.split("."));
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const order = compareMixed(a[at]!.match(/\d+|\D+/g) ?? [], b[at]!.match(/\d+|\D+/g) ?? []);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Compares runs of digits as numbers, and what is between them as text: rc9 is before rc10. */
function compareMixed(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [one, other] = [a[at]!, b[at]!];
    const areNumbers = /^\d/.test(one) && /^\d/.test(other);
    const order = areNumbers ? Number(one) - Number(other) : one < other ? -1 : +(one > other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
