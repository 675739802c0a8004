/** The escapes of systemd's values, as C has them (escape.c, `cunescape_one`). */

const SINGLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
  '"': 34,
  "'": 39,
  s: 32,
};

const NUMBERS = /x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})/y;

/** An escape: the byte or character that it stands for, and its length without the backslash. */
export interface Escape {
  readonly kind: "byte" | "character";
  readonly code: number;
  readonly length: number;
}

/**
 * Reads the escape whose backslash is before `at`.
 * @returns `undefined` where there is none that systemd knows: `\q`, `\x0`, NUL, a surrogate.
 */
export function readEscape(text: string, at: number): Escape | undefined {
  const single = SINGLE[text[at] ?? ""];
  if (single !== undefined) return { kind: "character", code: single, length: 1 };
  NUMBERS.lastIndex = at;
  const found = NUMBERS.exec(text);
  if (found === null) return undefined;
  const [whole, hex, short, long, octal] = found;
  const code = octal === undefined ? parseInt((hex ?? short ?? long)!, 16) : parseInt(octal, 8);
  const kind = hex === undefined && octal === undefined ? "character" : "byte";
  const isWrong = code === 0 || (kind === "byte" ? code > 255 : !isCharacter(code));
  return isWrong ? undefined : { kind, code, length: whole.length };
}

function isCharacter(code: number): boolean {
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}
