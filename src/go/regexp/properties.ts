/**
 * Unicode properties as Go spells them since 1.25: `\p{ASCII}`, `\p{Letter}`, `\p{lowercase-letter}`.
 * @see https://go.dev/doc/go1.25#regexp/syntax
 */

/** General categories by their long names, without what spelling leaves open. */
const CATEGORIES: Readonly<Record<string, string>> = {
  other: "C",
  control: "Cc",
  cntrl: "Cc",
  format: "Cf",
  privateuse: "Co",
  surrogate: "Cs",
  letter: "L",
  lowercaseletter: "Ll",
  modifierletter: "Lm",
  otherletter: "Lo",
  titlecaseletter: "Lt",
  uppercaseletter: "Lu",
  mark: "M",
  combiningmark: "M",
  spacingmark: "Mc",
  enclosingmark: "Me",
  nonspacingmark: "Mn",
  number: "N",
  decimalnumber: "Nd",
  digit: "Nd",
  letternumber: "Nl",
  othernumber: "No",
  punctuation: "P",
  punct: "P",
  connectorpunctuation: "Pc",
  dashpunctuation: "Pd",
  closepunctuation: "Pe",
  finalpunctuation: "Pf",
  initialpunctuation: "Pi",
  otherpunctuation: "Po",
  openpunctuation: "Ps",
  symbol: "S",
  currencysymbol: "Sc",
  modifiersymbol: "Sk",
  mathsymbol: "Sm",
  othersymbol: "So",
  separator: "Z",
  lineseparator: "Zl",
  paragraphseparator: "Zp",
  spaceseparator: "Zs",
};

/** Sets that are not categories: what a class has, and what it has of all else. */
const SETS: Readonly<Record<string, readonly [within: string, without: string]>> = {
  ascii: ["\\x00-\\x7F", "\\x{80}-\\x{10FFFF}"],
  any: ["\\x00-\\x{10FFFF}", ""],
  lc: ["\\p{Lu}\\p{Ll}\\p{Lt}", ""],
  casedletter: ["\\p{Lu}\\p{Ll}\\p{Lt}", ""],
};

// A quotation, a property, any other escape, a class of [:alpha:]'s kind, a bracket.
const PIECE = /\\Q[^]*?(?:\\E|$)|\\[pP]\{(\^?)([^{}]*)\}|\\[^]|\[:\^?\w+:\]|[[\]]/gu;

/** Spells the properties of an expression as RE2 has them; all else stays. */
export function spellProperties(source: string): string {
  if (!/\\[pP]\{/.test(source)) return source;
  let inBrackets = false;
  return source.replace(PIECE, (piece, not: string | undefined, name: string | undefined) => {
    if (piece === "[") inBrackets = true;
    if (piece === "]") inBrackets = false;
    if (name === undefined) return piece;
    const bare = name.replace(/[ _-]/g, "").toLowerCase();
    const isNot = (piece[1] === "P") !== (not === "^");
    const set = Object.hasOwn(SETS, bare) ? SETS[bare] : undefined;
    if (set === undefined) {
      const spelt = Object.hasOwn(CATEGORIES, bare) ? CATEGORIES[bare]! : name;
      return `\\${isNot ? "P" : "p"}{${spelt}}`;
    }
    const [within, without] = set;
    if (!inBrackets) return isNot ? `[^${within}]` : `[${within}]`;
    return isNot && without !== "" ? without : isNot ? piece : within;
  });
}
