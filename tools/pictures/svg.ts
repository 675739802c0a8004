/**
 * Draws with boxes, words and arrows: what the pictures of the documents are made of. They are 400 wide,
 * so that their words can be read on a phone, and have a ground of their own, so that they can be read on
 * any page, light or dark.
 */

/** A part of a picture: its elements, and the `y` below it. */
export interface Part {
  readonly svg: string;
  readonly end: number;
}

/** What a box looks like, and what it means: `plain`, a `key` one, something `moving`, or nothing. */
export type Look = "plain" | "key" | "moving" | "none";

const WIDTH = 400;
const LINE = 17;

const STYLE = `
.ground{fill:#fff}text{fill:#1f2328;font:13px system-ui,sans-serif}
.small{font-size:12px}.strong{font-weight:600}.good{fill:#116329}.plain{fill:#f3f5f8;stroke:#8a94a6}
.key{fill:#dcebff;stroke:#2f6fd0}.moving{fill:#ffe3c2;stroke:#c2620a}.none{fill:none}
.arrow{stroke:#57606a;fill:none;stroke-width:1.5}.tip{fill:#57606a}
@media(prefers-color-scheme:dark){.ground{fill:#1b1f26}text{fill:#e6edf3}.good{fill:#6fdd8b}
.plain{fill:#262c36;stroke:#76839a}.key{fill:#16335c;stroke:#5b9bf5}.moving{fill:#573410;stroke:#f0a04b}
.arrow{stroke:#aab4c0}.tip{fill:#aab4c0}}`;

/** Draws a whole picture. @param title what it shows, for those who do not see it. */
export function drawPicture(title: string, { svg, end }: Part): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${end}" role="img">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
<rect class="ground" width="${WIDTH}" height="${end}" rx="8"/>
${svg}
</svg>
`;
}

/** Draws a box around lines of words; a line that begins with `✓` says what is proved there. */
export function drawBox(
  lines: readonly string[],
  { x = 12, y, width = WIDTH - 24, look = "plain" }: {
    readonly x?: number;
    readonly y: number;
    readonly width?: number;
    readonly look?: Look;
  },
): Part {
  const height = lines.length * LINE + 13;
  const words = lines.map((line, i) => {
    const style = line.startsWith("✓") ? "good" : i === 0 ? "strong" : "small";
    return drawWords(line, x + 10, y + 20 + i * LINE, style);
  });
  const frame =
    `<rect class="${look}" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`;
  return { svg: [frame, ...words].join("\n"), end: y + height };
}

/** Draws a row of boxes that have one word each, and begins another where it is full. */
export function drawChips(words: readonly string[], y: number): Part {
  let x = 12;
  let top = y;
  const svg = words.map((word) => {
    const width = word.length * 7.4 + 16;
    if (x + width > WIDTH - 12) [x, top] = [12, top + 32];
    const chip =
      `<rect class="plain" x="${x}" y="${top}" width="${width}" height="26" rx="13"/>\n` +
      drawWords(word, x + width / 2, top + 17, "small", "middle");
    x += width + 6;
    return chip;
  });
  return { svg: svg.join("\n"), end: top + 26 };
}

/** Draws words at a place. */
export function drawWords(
  words: string,
  x: number,
  y: number,
  style = "small",
  anchor: "start" | "middle" | "end" = "start",
): string {
  const at = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text class="${style}" x="${x}" y="${y}"${at}>${escapeText(words)}</text>`;
}

/** Draws an arrow down from `y`. */
export function drawDown(y: number, x = WIDTH / 2): Part {
  const end = y + 18;
  return {
    svg: `<path class="arrow" d="M${x} ${y}v13"/><path class="tip" d="M${x - 5} ${
      end - 7
    }h10l-5 7z"/>`,
    end,
  };
}

/** Draws a line from the right of one box to the left of another. */
export function drawLink(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const middle = (from.x + to.x) / 2;
  return `<path class="arrow" d="M${from.x} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}"/>`;
}

/** Draws parts below one another. */
export function stackParts(
  y: number,
  parts: readonly ((y: number) => Part)[],
): Part {
  return parts.reduce<Part>(({ svg, end }, draw) => {
    const part = draw(end);
    return { svg: `${svg}${svg && "\n"}${part.svg}`, end: part.end };
  }, { svg: "", end: y });
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
