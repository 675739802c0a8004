/** Where time goes: the table of that name in docs/benchmarks.md, as bars. */
import { drawPicture, drawWords, type Part, stackParts } from "./svg.ts";

const BAR = { x: 112, width: 210 };

/** Draws a group of bars for each row of the table. @param page the text of docs/benchmarks.md. */
export function drawTime(page: string): string {
  const [head, , ...rows] = readTable(page, "Where time goes");
  const part = stackParts(
    10,
    rows.map(([work, ...cells]) => (y: number) => {
      const bars = cells.flatMap((cell, i) =>
        Number(cell) > 0 ? [{ name: head![i + 1]!, value: Number(cell) }] : []
      );
      return drawBars(work!, bars.sort((a, b) => b.value - a.value), y);
    }),
  );
  return drawPicture("Where time goes", part);
}

/** Draws the bars of one work, each as long as its share. */
function drawBars(
  work: string,
  bars: readonly { readonly name: string; readonly value: number }[],
  y: number,
): Part {
  const all = bars.reduce((sum, { value }) => sum + value, 0);
  const svg = bars.map(({ name, value }, i) => {
    const top = y + 26 + i * 20;
    const width = Math.round(value / all * BAR.width);
    return [
      drawWords(name, BAR.x - 8, top + 12, "small", "end"),
      `<rect class="key" x="${BAR.x}" y="${top}" width="${width}" height="15" rx="2"/>`,
      drawWords(`${value} ms`, BAR.x + width + 6, top + 12),
    ].join("\n");
  });
  const title = drawWords(work, 12, y + 16, "strong");
  return { svg: [title, ...svg].join("\n"), end: y + 26 + bars.length * 20 + 10 };
}

/** Reads the first table below a heading: its head, the line below that, and its rows. */
function readTable(page: string, heading: string): string[][] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [table = ""] = /^\|[^]*?(?=\n\n)/m.exec(section) ?? [];
  return table.split("\n").map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}
