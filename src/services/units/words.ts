/** Splits values into words as systemd does (extract-word.c): quotes and escapes count anywhere. */
import { readEscape } from "./unescape.ts";

/** Signals a value that cannot be read; systemd ignores such an assignment, and says so. */
export class InvalidValue extends Error {}

/** A word, and where the next one begins. */
export interface NextWord {
  readonly word: string;
  readonly end: number;
}

/** Ways to read backslashes and open quotes. */
interface WordRules {
  /**
   * `all`: unknown escapes are errors; `known`: they stay; `none`: a backslash only goes away;
   * `plain`: a backslash is a character like others.
   */
  readonly escapes: "all" | "known" | "none" | "plain";
  /** The text's end ends a quote, too. */
  readonly lenient: boolean;
}

const BLANKS = " \t\n\r";

/**
 * Reads the next word of a value. Escapes that systemd does not know stay as they are.
 * @returns `undefined` at the end of the text.
 * @throws InvalidValue for a quote without its partner, and for bytes that are not UTF-8.
 */
export function readWord(text: string, start: number): NextWord | undefined {
  const from = skipBlanks(text, start);
  if (from === text.length) return undefined;
  const found = scanWord(text, from, { escapes: "all", lenient: false }) ??
    scanWord(text, from, { escapes: "known", lenient: false });
  if (found === undefined) throw new InvalidValue("a quote has no partner");
  return found;
}

/**
 * Splits a value into its words, one after the other, for those before a wrong one count. Backslashes are plain, as in lists of names and paths, or all escapes
 * count, as in `Environment=`.
 * @throws InvalidValue for a quote without its partner, and for escapes that are not known.
 */
export function* splitWords(text: string, escapes: "plain" | "all" = "plain"): Iterable<string> {
  for (let at = skipBlanks(text, 0); at < text.length;) {
    const found = scanWord(text, at, { escapes, lenient: false });
    if (found === undefined) {
      throw new InvalidValue("a quote has no partner, or an escape is wrong");
    }
    yield found.word;
    at = found.end;
  }
}

/**
 * Splits the value of a variable that stands alone as `$NAME`: quotes are respected and removed, a
 * backslash makes the next character plain, and whatever is open at the end is closed there.
 */
export function splitVariable(value: string): string[] {
  const words: string[] = [];
  for (let at = skipBlanks(value, 0); at < value.length;) {
    const { word, end } = scanWord(value, at, { escapes: "none", lenient: true })!;
    words.push(word);
    at = end;
  }
  return words;
}

/** Returns the place of the next character that is not a blank. */
export function skipBlanks(text: string, start: number): number {
  let at = start;
  while (at < text.length && BLANKS.includes(text[at]!)) at++;
  return at;
}

function scanWord(text: string, start: number, rules: WordRules): NextWord | undefined {
  const pieces: (string | number)[] = [];
  let quote = "";
  let at = start;
  for (; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\" && rules.escapes !== "plain") {
      const length = scanEscape(text, at + 1, quote, rules, pieces);
      if (length === undefined) return undefined;
      at += length;
    } else if (quote === "" && BLANKS.includes(char)) break;
    else if (quote === "" && (char === "'" || char === '"')) quote = char;
    else if (char === quote) quote = "";
    else pieces.push(char);
  }
  if (quote !== "" && !rules.lenient) return undefined;
  return { word: joinPieces(pieces), end: skipBlanks(text, at) };
}

/** Adds what an escape stands for, and returns its length; `undefined` where it must not be. */
function scanEscape(
  text: string,
  at: number,
  quote: string,
  { escapes, lenient }: WordRules,
  pieces: (string | number)[],
): number | undefined {
  const known = escapes === "none" ? undefined : readEscape(text, at);
  if (known !== undefined) {
    pieces.push(known.kind === "byte" ? known.code : String.fromCodePoint(known.code));
    return known.length;
  }
  if (at === text.length) {
    if (escapes === "known" && quote === "") pieces.push("\\");
    return lenient || (escapes === "known" && quote === "") ? 0 : undefined;
  }
  if (escapes === "all") return undefined;
  pieces.push(escapes === "none" ? text[at]! : `\\${text[at]}`);
  return 1;
}

/** Joins text and bytes. @throws InvalidValue where the bytes are not UTF-8. */
function joinPieces(pieces: readonly (string | number)[]): string {
  if (pieces.every((piece) => typeof piece === "string")) return pieces.join("");
  const bytes = pieces.map((piece) =>
    typeof piece === "string" ? Buffer.from(piece) : Uint8Array.of(piece)
  );
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(bytes));
  } catch {
    throw new InvalidValue("its escapes make bytes that are not UTF-8");
  }
}
