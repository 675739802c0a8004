/** The instructions of a Dockerfile, each of whose characters knows where it stands in the file. */

/** A text that was put together from parts of a file. */
export interface TracedText {
  readonly text: string;
  /** The place in the file of each character. */
  readonly at: readonly number[];
}

/** As BuildKit reads it: a word of its own, so that neither a shift of numbers nor a here-string is one. */
const HEREDOC = /(?<=\s)\d*<<(-?)(["']?)(\w+)\2/g;

/** Lists instructions in one line each: without comments, and without the content of heredocs. */
export function listInstructions(text: string): TracedText[] {
  const found: { text: string; at: number[] }[] = [];
  const lines = splitLines(text);
  const goesOn = findEscape(lines) === "`" ? /`\s*$/ : /\\\s*$/;
  let isContinued = false;
  for (let i = 0; i < lines.length; i++) {
    const { line, start } = lines[i]!;
    if (/^\s*(#|$)/.test(line)) continue;
    if (!isContinued) found.push({ text: "", at: [] });
    const part = line.replace(goesOn, "");
    const last = found.at(-1)!;
    last.text += part;
    for (let j = 0; j < part.length; j++) last.at.push(start + j);
    isContinued = part !== line;
    for (const [, tabs, , name] of line.matchAll(HEREDOC)) i = findEnd(lines, i, name!, tabs);
  }
  return found;
}

/** Returns a part of it. */
export function copyPart({ text, at }: TracedText, from: number, to?: number): TracedText {
  return { text: text.slice(from, to), at: at.slice(from, to) };
}

/** Returns all parts in one. */
export function joinTraced(parts: readonly TracedText[]): TracedText {
  return { text: parts.map(({ text }) => text).join(""), at: parts.flatMap(({ at }) => at) };
}

/** A line, and where it begins in the file. */
interface PlacedLine {
  readonly line: string;
  readonly start: number;
}

function splitLines(text: string): PlacedLine[] {
  let start = 0;
  return text.split("\n").map((whole) => {
    const placed = { line: whole.replace(/\r$/, ""), start };
    start += whole.length + 1;
    return placed;
  });
}

/** Finds the escape that a comment at the top sets, `# escape=`; a backslash where none does. */
function findEscape(lines: readonly PlacedLine[]): string {
  for (const { line } of lines) {
    const [, name, value] = /^\s*#\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) break;
    if (name.toLowerCase() === "escape") return value!;
  }
  return "\\";
}

/** Finds the last line of a heredoc; where there is none, it ends where it begins. */
function findEnd(lines: readonly PlacedLine[], from: number, name: string, tabs?: string): number {
  const end = lines.findIndex(({ line }, i) =>
    i > from && (tabs ? line.replace(/^\t+/, "") : line) === name
  );
  return end === -1 ? from : end;
}
