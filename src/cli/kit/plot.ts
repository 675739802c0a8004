/** Plots of numbers in lines of text, for pages of 80 columns. */

/** A bar in parts, each a number and the character that stands for it. */
export type BarPart = readonly [value: number, character: string];

/**
 * Formats a bar: as many characters as its parts are of `most`, in `width` columns. What is more than
 * nothing has a character at least, and no bar is longer than the width.
 */
export function formatBar(parts: readonly BarPart[], most: number, width: number): string {
  if (most <= 0) return "";
  let drawn = "";
  let sum = 0;
  for (const [value, character] of parts) {
    sum += value;
    const end = Math.min(width, Math.round(sum / most * width));
    const length = Math.max(value > 0 && drawn.length < width ? 1 : 0, end - drawn.length);
    drawn += character.repeat(length);
  }
  return drawn;
}

/** Formats rows as columns that are as wide as they must be; numbers stand to the right. */
export function formatColumns(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, cell.length));
  }
  return rows.map((row) =>
    row.map((cell, i) => right.has(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))
      .join("  ").trimEnd()
  );
}

/** Cuts a text that is longer than the width in its middle, where names differ least. */
export function shortenText(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.ceil((width - 1) * 2 / 3);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}
