/**
 * The part of a blob that a request asks for.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */

/** The bytes of `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Parses the range that the header names in so many bytes: `undefined` when there is no header, or one that
 * may be ignored: another unit, several ranges, or what is not a range at all.
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    // The last so many bytes.
    const start = Math.max(0, size - Number(last));
    return start >= size ? "unsatisfiable" : { start, end: size };
  }
  if (last !== "" && Number(last) < Number(first)) return undefined;
  if (Number(first) >= size) return "unsatisfiable";
  return { start: Number(first), end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
