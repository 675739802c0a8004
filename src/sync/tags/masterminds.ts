/**
 * Ranges of versions as skopeo takes them, which are those of the Go library Masterminds/semver 3:
 * npm's, but that a comma joins, too, `!=` is there, and prereleases count only where the range
 * names one.
 * @see https://github.com/Masterminds/semver/blob/v3.2.1/README.md#checking-version-constraints
 */
import { parse, satisfies, type SemVer, validRange } from "semver";
import { NixociError } from "../../base/errors.ts";
import { parseVersion } from "./choose.ts";

type IsInRange = (version: SemVer) => boolean;

const VERSION = String.raw`v?[\dxX*][^\s,|]*`;
const OPERATORS: Readonly<Record<string, string>> = {
  "=>": ">=",
  "=<": "<=",
  "~>": "~",
  "==": "=",
};

/**
 * Compiles a range.
 * @returns what tells whether a tag is a version in it.
 * @throws NixociError `MALFORMED`.
 */
export function compileMastermindsRange(range: string): (tag: string) => boolean {
  const either = range.split("||").map((all) => compileAll(all, range));
  return (tag) => {
    const version = parseVersion(tag);
    return version !== undefined && either.some((isIn) => isIn(version));
  };
}

/** Compiles constraints that all have to hold. */
function compileAll(text: string, range: string): IsInRange {
  const hyphen = new RegExp(`^\\s*(${VERSION})\\s+-\\s+(${VERSION})\\s*$`).exec(text);
  const spelt = hyphen ? `>=${hyphen[1]} <=${hyphen[2]}` : text;
  const one = new RegExp(`\\s*(=>|=<|~>|>=|<=|!=|==|[=<>~^])?\\s*(${VERSION})\\s*,?`, "y");
  const constraints: IsInRange[] = [];
  while (one.lastIndex < spelt.trimEnd().length) {
    const [, operator = "", version] = one.exec(spelt) ?? [];
    if (version === undefined) throw rangeError(range);
    constraints.push(compileOne(operator, version, range));
  }
  if (constraints.length === 0) throw rangeError(range);
  return (version) => constraints.every((isIn) => isIn(version));
}

function compileOne(operator: string, version: string, range: string): IsInRange {
  const isNot = operator === "!=";
  const comparator = (isNot ? "" : OPERATORS[operator] ?? operator) + version.replace(/^v/, "");
  if (validRange(comparator, { loose: true }) === null) throw rangeError(range);
  const named = parse(version.replace(/^v/, ""), { loose: true });
  const takesPrereleases = (named?.prerelease.length ?? 0) > 0;
  return (found) => {
    if (found.prerelease.length > 0 && !takesPrereleases) return false;
    const options = { loose: true, includePrerelease: takesPrereleases };
    return satisfies(found, comparator, options) !== isNot;
  };
}

function rangeError(range: string): NixociError {
  return new NixociError("MALFORMED", `${JSON.stringify(range)} is not a range of versions`, {
    hint: "write one such as '^1.2', '>=1.2, <2' or '1.x || 2.x'",
  });
}
