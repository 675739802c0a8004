/**
 * `WWW-Authenticate`: the ways in which a server lets itself be convinced.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
import { createHeaderScanner } from "../http/scanner.ts";

export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly params: Readonly<Record<string, string>>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
// A value without quotes ends where it has to, for addresses that should have had quotes, too.
const PARAM = new RegExp(`(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s",]+))`, "y");
const SCHEME = new RegExp(`(${TOKEN})(?=[ \\t,]|$)`, "y");
const TOKEN68 = /[ \t]+[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/y;
const SPACE = /[ \t,]*/y;

/** Parses all challenges of the header, in order; what is not one is passed over. */
export function parseChallenges(header: string | undefined): Challenge[] {
  const found: { scheme: string; params: Record<string, string> }[] = [];
  const { take, isAtEnd } = createHeaderScanner(header ?? "");
  while (take(SPACE), !isAtEnd()) {
    const param = found.length > 0 ? take(PARAM) : null;
    if (param) {
      const [, name = "", quoted, plain] = param;
      found.at(-1)!.params[name.toLowerCase()] ??= quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "";
      continue;
    }
    const scheme = take(SCHEME);
    if (!scheme) break;
    found.push({ scheme: scheme[1]!.toLowerCase(), params: Object.create(null) });
    take(TOKEN68);
  }
  return found;
}
