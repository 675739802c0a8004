/** Translates characters and classes of Go's regular expressions to JavaScript's. */

type Refuse = (why: string) => Error;

/** The class of each letter after a backslash, as it is written inside brackets. */
export const SHORTHANDS: Readonly<Record<string, string>> = {
  d: "0-9",
  D: "\\0-\\x2f:-\\u{10ffff}",
  w: "0-9A-Za-z_",
  W: "\\0-\\x2f:-@\\x5b-\\x5e`\\x7b-\\u{10ffff}",
  s: "\\t\\n\\f\\r ",
  S: "\\0-\\x08\\x0b\\x0e-\\x1f!-\\u{10ffff}",
};

const POSIX: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\0-\\x7f",
  blank: "\\t ",
  cntrl: "\\0-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\x5b-`\\x7b-~",
  space: "\\t-\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

const NOT_POSIX: Readonly<Record<string, string>> = {
  alnum: "\\0-\\x2f:-@\\x5b-`\\x7b-\\u{10ffff}",
  alpha: "\\0-@\\x5b-`\\x7b-\\u{10ffff}",
  ascii: "\\x80-\\u{10ffff}",
  blank: "\\0-\\x08\\n-\\x1f!-\\u{10ffff}",
  cntrl: " -~\\x80-\\u{10ffff}",
  digit: "\\0-\\x2f:-\\u{10ffff}",
  graph: "\\0- \\x7f-\\u{10ffff}",
  lower: "\\0-`\\x7b-\\u{10ffff}",
  print: "\\0-\\x1f\\x7f-\\u{10ffff}",
  punct: "\\0- 0-9A-Za-z\\x7f-\\u{10ffff}",
  space: "\\0-\\x08\\x0e-\\x1f!-\\u{10ffff}",
  upper: "\\0-@\\x5b-\\u{10ffff}",
  word: "\\0-\\x2f:-@\\x5b-\\x5e`\\x7b-\\u{10ffff}",
  xdigit: "\\0-\\x2f:-@G-`g-\\u{10ffff}",
};

/** Escapes a character so that it stands for itself, anywhere in an expression. */
export function escapeLiteral(character: string): string {
  return /[\w /:,;<>=!@#%&~"'`]|\P{ASCII}/u.test(character)
    ? character
    : `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

/** Translates the `[…]` at the beginning of the text; returns its length, too. */
export function translateBrackets(text: string, refuse: Refuse): [length: number, said: string] {
  const negated = text.startsWith("[^");
  let at = negated ? 2 : 1;
  let said = "";
  for (let first = true; first || text[at] !== "]"; first = false) {
    if (at >= text.length) throw refuse("a [ that is not closed");
    const [length, item, isSet] = translateClassItem(text.slice(at), refuse);
    at += length;
    if (text[at] !== "-" || text[at + 1] === "]" || text[at + 1] === undefined || isSet) {
      said += item;
      continue;
    }
    const [endLength, end, endIsSet] = translateClassItem(text.slice(at + 1), refuse);
    if (endIsSet) throw refuse(`the range ${text.slice(at - length, at + 1 + endLength)}`);
    at += 1 + endLength;
    said += `${item}-${end}`;
  }
  return [at + 1, `[${negated ? "^" : ""}${said}]`];
}

/** Translates a character or a set of them, within brackets. */
function translateClassItem(
  text: string,
  refuse: Refuse,
): [length: number, said: string, isSet: boolean] {
  const posix = /^\[:(\^?)(\w+):\]/.exec(text);
  if (posix) {
    const [whole, not, name = ""] = posix;
    const table = not === "" ? POSIX : NOT_POSIX;
    if (!Object.hasOwn(table, name)) throw refuse(`there is no class ${whole}`);
    return [whole.length, table[name]!, true];
  }
  if (text[0] !== "\\") {
    const character = String.fromCodePoint(text.codePointAt(0)!);
    return [character.length, escapeLiteral(character), false];
  }
  const next = text[1] ?? "";
  if (Object.hasOwn(SHORTHANDS, next)) return [2, SHORTHANDS[next]!, true];
  const [length, said] = translateEscape(text, refuse);
  return [length, said, said.startsWith("\\p") || said.startsWith("\\P")];
}

const CONTROLS: Readonly<Record<string, string>> = {
  a: "\\x07",
  f: "\\f",
  n: "\\n",
  r: "\\r",
  t: "\\t",
  v: "\\v",
};

/** Translates a backslash and what follows: characters by number, properties, punctuation. */
export function translateEscape(text: string, refuse: Refuse): [length: number, said: string] {
  const next = text[1] ?? "";
  if (Object.hasOwn(CONTROLS, next)) return [2, CONTROLS[next]!];
  const property = /^\\([pP])(?:(\w)|\{(\^?)(\w+)\})/.exec(text);
  if (property) {
    const [whole, p, letter, not, braced] = property;
    const name = braced ?? letter!;
    const sense = (p === "P") === (not === "^") ? "p" : "P";
    const meaning = name.length <= 2 || name === "Any" ? name : `Script=${name}`;
    return [whole.length, `\\${sense}{${meaning}}`];
  }
  const hex = /^\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})/.exec(text);
  if (hex) return [hex[0].length, `\\u{${hex[1] ?? hex[2]}}`];
  const octal = /^\\(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(text);
  if (octal) return [octal[0].length, `\\u{${Number.parseInt(octal[0].slice(1), 8).toString(16)}}`];
  if (/^\p{ASCII}$/u.test(next) && !/[0-9A-Za-z]/.test(next)) return [2, escapeLiteral(next)];
  throw refuse(`Go has no \\${next}`);
}
