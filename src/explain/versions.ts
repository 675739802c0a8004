/** Takes names of store paths apart, and orders versions, both as Nix does. */

/** The parts of a store path's name: `openssl-3.0.13-dev` is openssl, 3.0.13, dev. */
export interface PackageName {
  readonly name: string;
  readonly version?: string;
  /** The output, where its name has no other meaning. */
  readonly output?: string;
}

// What nixpkgs calls the outputs of a package beside `out`.
const OUTPUT = /-(bin|debug|dev|devdoc|doc|dist|info|lib|libgcc|man|static|terminfo)$/;

/**
 * Parses the name of a store path: the version begins behind the first dash that no letter follows;
 * an output's name behind a version is told apart.
 * @see https://nix.dev/manual/nix/latest/language/builtins#builtins-parseDrvName
 * @example
 * ```ts
 * import { parsePackageName } from "nixoci";
 * console.log(parsePackageName("openssl-3.0.13-dev").version); // 3.0.13
 * ```
 */
export function parsePackageName(text: string): PackageName {
  const at = text.search(/-[^a-zA-Z]/);
  if (at <= 0) return { name: text };
  const rest = text.slice(at + 1);
  const output = OUTPUT.exec(rest)?.[1];
  const version = output === undefined ? rest : rest.slice(0, -output.length - 1);
  return { name: text.slice(0, at), version, ...output !== undefined && { output } };
}

/**
 * Compares versions as Nix does: parts are numbers or words; a number is more than a word, `pre`
 * less than nothing.
 * @see https://nix.dev/manual/nix/latest/command-ref/nix-env/upgrade#versions
 * @example
 * ```ts
 * import { compareVersions } from "nixoci";
 * console.log(compareVersions("2.3pre1", "2.3") < 0); // true
 * ```
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [splitVersion(a), splitVersion(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = comparePart(left[i] ?? "", right[i] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

function splitVersion(text: string): string[] {
  return text.match(/\d+|[^\d.-]+/g) ?? [];
}

function comparePart(a: string, b: string): number {
  if (a === b) return 0;
  const [x, y] = [rankOf(a), rankOf(b)];
  if (x !== y) return x - y;
  if (x === NUMBER) {
    const [m, n] = [BigInt(a), BigInt(b)];
    return m < n ? -1 : m > n ? 1 : 0;
  }
  return a < b ? -1 : 1;
}

const NUMBER = 3;

function rankOf(part: string): number {
  return part === "pre" ? 0 : part === "" ? 1 : /^\d/.test(part) ? NUMBER : 2;
}
