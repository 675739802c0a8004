/**
 * `Link`: where an answer is continued.
 * @see https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
import { NixociError } from "../../../src/base/errors.ts";
import { createHeaderScanner } from "./scanner.ts";

const TARGET = /[ \t,]*<([^>]*)>[ \t]*/y;
const PARAM =
  /;[ \t]*(?:([^\s=;,"<>]+)[ \t]*(?:=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?)?[ \t]*/y;
const END = /[ \t,]*$/y;

/**
 * The target of the header's first link with that relation, in which the answer itself continues.
 * @param base the answer's URL: a link may say that it is about another one.
 * @throws NixociError `MALFORMED` when the header cannot be read: a list must not end in silence.
 */
export function findLink(
  relation: string,
  header: string | string[] | undefined,
  base: URL,
): string | undefined {
  for (const { target, params } of parseLinks([header ?? []].flat().join(","), base)) {
    const relations = (params.get("rel") ?? "").toLowerCase().split(/\s+/);
    if (relations.includes(relation) && isAbout(params.get("anchor"), base)) return target;
  }
  return undefined;
}

interface Link {
  readonly target: string;
  /** Names in lower case; of several with one name the first counts. */
  readonly params: ReadonlyMap<string, string>;
}

function* parseLinks(text: string, { host }: URL): Iterable<Link> {
  const { take } = createHeaderScanner(text);
  while (!take(END)) {
    const [, target] = take(TARGET) ?? [];
    if (target === undefined) {
      throw new NixociError("MALFORMED", `${host} sends a Link header that cannot be read`);
    }
    const params = new Map<string, string>();
    for (let match = take(PARAM); match; match = take(PARAM)) {
      const [, name = "", quoted, plain = ""] = match;
      const key = name.toLowerCase();
      if (!params.has(key)) params.set(key, quoted?.replace(/\\(.)/g, "$1") ?? plain);
    }
    yield { target, params };
  }
}

function isAbout(anchor: string | undefined, base: URL): boolean {
  return anchor === undefined || URL.canParse(anchor, base) &&
      new URL(anchor, base).href === base.href;
}
