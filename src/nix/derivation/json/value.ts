/**
 * Reads and writes JSON as Nix does, where numbers must stay as they are: `1.0` is not `1`, and whole
 * numbers have 64 bits.
 */
import { compareBytes, derivationError } from "../derivation.ts";

/** A number, as it was written. */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A value of JSON with numbers as they were written. */
export type JsonValue =
  | string
  | boolean
  | null
  | JsonNumber
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Tells whether a value has keys. */
export function isJsonObject(
  value: JsonValue | undefined,
): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof JsonNumber);
}

/** Parses JSON. @param what names it in errors. @throws NixociError `MALFORMED`. */
export function parseJsonValue(text: string, what: string): JsonValue {
  const keepNumber = (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === "number" ? new JsonNumber(context?.source ?? String(value)) : value;
  try {
    return JSON.parse(text, keepNumber) as JsonValue;
  } catch {
    // The platform's message quotes what it stumbled over, which may be a secret.
    throw derivationError(`${what} is not valid JSON, or nested too deep`);
  }
}

/** Encodes a value without spaces, with its keys in the order of their bytes. */
export function encodeJsonValue(value: JsonValue): string {
  if (value instanceof JsonNumber) return formatNumber(value.text);
  if (Array.isArray(value)) return `[${value.map(encodeJsonValue).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort(compareBytes);
  const members = keys.map((key) => `${JSON.stringify(key)}:${encodeJsonValue(value[key]!)}`);
  return `{${members.join(",")}}`;
}

/** Tells whether a number is whole, as Nix takes it: by its notation. */
export function isWholeNumber(text: string): boolean {
  return /^-?\d+$/.test(text) && BigInt(text) >= -(2n ** 63n) && BigInt(text) < 2n ** 64n;
}

/** Formats a number as Nix's writer does: whole ones as they are, others always with a point. */
function formatNumber(text: string): string {
  if (isWholeNumber(text)) return BigInt(text).toString();
  const number = Number(text);
  if (!Number.isFinite(number)) return "null";
  if (number === 0) return text.startsWith("-") ? "-0.0" : "0.0";
  const [, sign, whole, part = "", power] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(
    number.toExponential(),
  )!;
  const digits = whole + part;
  const point = Number(power) + 1;
  return sign + formatDigits(digits, point);
}

/** Writes digits with a point after this many of them, or with an exponent when that is far off. */
function formatDigits(digits: string, point: number): string {
  if (point >= digits.length && point <= 15) return `${digits.padEnd(point, "0")}.0`;
  if (point > 0 && point <= 15) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point > -4 && point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  const [first = "", rest] = [digits[0], digits.slice(1)];
  const power = point - 1;
  const exponent = String(Math.abs(power)).padStart(2, "0");
  return `${first}${rest && `.${rest}`}e${power < 0 ? "-" : "+"}${exponent}`;
}
