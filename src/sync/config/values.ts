/** Values that several kinds of files have. */
import { type ErrorCode, NixociError, wrapError } from "../../base/errors.ts";
import { patternOf } from "../../flatten/glob.ts";
import { parsePlatform } from "../../image/platform.ts";
import { DOCKER_HUB, parseReference } from "../../image/reference.ts";
import type { FindLine, YamlDocument } from "../../image/yaml/parse.ts";
import { compileGoRegExp, type GoRegExp } from "../../go/regexp/regexp.ts";

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Parses a duration as Go writes it, longer than none: `1h30m`, `90s`; days are taken, too.
 * @returns milliseconds.
 * @throws NixociError `MALFORMED`, or with the code that is given.
 */
export function parseDuration(
  text: string,
  where: string,
  code: ErrorCode = "MALFORMED",
): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)];
  const sum = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0);
  if (sum === 0 || parts.map(([all]) => all).join("") !== text) {
    const message = `${where}: ${JSON.stringify(text)} is not a duration`;
    throw new NixociError(code, message, { hint: "write one such as 90s, 15m or 1h30m" });
  }
  return sum;
}

/**
 * Makes what finds the lines of a rule of `sync`.
 * @param own what the rule itself says: a field that only the defaults have stands there.
 */
export function createRuleLines(
  { whereIs }: YamlDocument,
  at: number,
  own: object,
  defaults: object,
): FindLine {
  return ([field, ...path]) => {
    if (field === undefined) return whereIs(["sync", at]);
    const isOwn = Object.hasOwn(own, field) || !Object.hasOwn(defaults, field);
    return whereIs([...isOwn ? ["sync", at] : ["defaults"], field, ...path]);
  };
}

/** Compiles an expression of Go's. @throws NixociError `MALFORMED`, with where it stands. */
export function compileAt(source: string, where: string): GoRegExp {
  return compileWith(() => compileGoRegExp(source), where);
}

/**
 * Compiles an expression of which whole names are to match: between `before` and `after`.
 * @throws NixociError `MALFORMED`, with the expression as it was written, and where it stands.
 */
export function compileWhole(
  source: string,
  where: string,
  [before, after]: readonly [before: string, after: string] = ["^(?:", ")$"],
): GoRegExp {
  compileAt(source, where);
  return compileAt(`${before}${source}${after}`, where);
}

/**
 * Checks names of platforms; `host` is the machine's own.
 * @throws NixociError `MALFORMED`, with where each stands.
 */
export function checkPlatforms(
  platforms: readonly string[],
  whereIs: (at: number) => string,
): readonly string[] {
  for (const [at, one] of platforms.entries()) {
    if (one !== HOST) compileWith(() => parsePlatform(one), whereIs(at));
  }
  return platforms;
}

/** Checks that a host is written as references have it: others would never be found. @throws NixociError `MALFORMED`. */
export function checkHost(name: string, where: string): string {
  const host = findHost(name);
  if (host === name) return name;
  const isHub = host === DOCKER_HUB && name.includes("docker");
  throw new NixociError("MALFORMED", `${where}: ${JSON.stringify(name)} is not host[:port]`, {
    hint: `write it as references have it, such as ${isHub ? DOCKER_HUB : "localhost:5000"}`,
  });
}

function findHost(name: string): string | undefined {
  try {
    return parseReference(`${name}/a/b`).host;
  } catch {
    return undefined;
  }
}

/** The platform of the machine that the sync runs on. */
export const HOST = "host";

/** Compiles with a function of any kind. @throws NixociError `MALFORMED`, with where it stands. */
export function compileWith<Compiled>(compile: () => Compiled, where: string): Compiled {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof NixociError)) throw error;
    throw new NixociError("MALFORMED", `${where}: ${error.message}`, {
      cause: error,
      hint: error.hint,
    });
  }
}

/**
 * Replaces `${NAME}` by the variable's value.
 * @throws NixociError `USAGE` for a variable that is not set.
 */
export function expandVariables(
  text: string,
  where: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? refuseUnset(name, where));
}

/** Throws for a variable that is not set. */
export function refuseUnset(name: string, where: string): never {
  throw new NixociError("USAGE", `${where}: the variable ${name} is not set`, {
    hint: `set it: export ${name}=…`,
  });
}

/** Compiles patterns of whole names. @throws NixociError `USAGE`, with where they stand. */
export function compileGlobs(
  globs: readonly string[],
  where: string,
): (name: string) => boolean {
  try {
    const patterns = globs.map(patternOf);
    return (name) => patterns.some((pattern) => pattern.test(name));
  } catch (error) {
    throw wrapError(error, where);
  }
}
