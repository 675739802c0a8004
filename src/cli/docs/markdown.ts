/** Markdown that `deno fmt` leaves alone. */

const WIDTH = 100;

/** Writes a list, an item a line or more. */
export function formatList(items: readonly string[]): string {
  return items.map((item) => wrap(`- ${item}`, "  ") + "\n").join("");
}

/** Writes a block of code. */
export function formatFence(text: string, language = "sh"): string {
  return `\`\`\`${language}\n${text}\n\`\`\`\n`;
}

/** Fills lines up to the width; code spans are not broken. */
export function wrap(text: string, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.match(/(?:\`[^\`]*\`|\S)+/g) ?? []) {
    if (line === "") line = word;
    else if (line.length + 1 + word.length <= WIDTH) line += ` ${word}`;
    else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line].join("\n");
}
