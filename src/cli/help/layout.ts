/** The help as text, for a terminal of some width. */
import type { HelpItem, HelpPage, HelpSection } from "./page.ts";

/** The terminal. */
export interface HelpLook {
  /** Its width. */
  readonly columns: number;
  /** Makes text bold or underlined, where it can show that. */
  style(style: "bold" | "underline", text: string): string;
}

// Of a list with a column for the terms: beyond that many lines, or within so few columns, what they mean
// is easier to read below them.
const MOST_LINES = 5;
const LEAST_COLUMNS = 16;

/** Lays a page out, with a line end at its end. */
export function formatHelp({ summary, sections }: HelpPage, look: HelpLook): string {
  const parts = sections.map((section) =>
    `${look.style("bold", section.title)}\n${addIndent(formatSection(section, look), 2)}`
  );
  return [wrapText(summary, look.columns), ...parts].join("\n\n") + "\n";
}

function formatSection(section: HelpSection, look: HelpLook): string {
  if ("text" in section) return wrapText(section.text, look.columns - 2);
  if ("list" in section) return formatColumns(section.list, look);
  const apart = section.title === "EXAMPLES" ? "\n\n" : "\n";
  return section.lines.map((line) => `$ ${line}`).join(apart);
}

function formatColumns(list: readonly HelpItem[], look: HelpLook): string {
  const left = Math.max(...list.map(([term]) => term.length)) + 2;
  const room = look.columns - 2 - left;
  const meanings = list.map(([, meaning]) => wrapText(meaning, room));
  const isLong = meanings.some((text) => text.split("\n").length > MOST_LINES);
  if (isLong || room < LEAST_COLUMNS) return formatParagraphs(list, look);
  return list.map(([term], i) => {
    const [first, ...rest] = meanings[i]!.split("\n");
    const line = (markValue(term, look) + " ".repeat(left - term.length) + first).trimEnd();
    return [line, ...rest.map((line) => addIndent(line, left))].join("\n");
  }).join("\n");
}

function formatParagraphs(list: readonly HelpItem[], look: HelpLook): string {
  return list.map(([term, meaning]) =>
    `${markValue(term.trim(), look)}\n${addIndent(wrapText(meaning, look.columns - 6), 4)}`
  ).join("\n\n");
}

/** Underlines what a flag takes. */
function markValue(term: string, { style }: HelpLook): string {
  return term.replace(/(?<=^ *-[^=]*=).+$/, (value) => style("underline", value));
}

const addIndent = (text: string, by: number): string => text.replace(/^(?=.)/gm, " ".repeat(by));

/** Fills lines up to the width, where a word is not longer; line breaks stay. */
function wrapText(text: string, width: number): string {
  return text.split("\n").map((paragraph) => wrapLine(paragraph, width)).join("\n");
}

function wrapLine(text: string, width: number): string {
  let lines = "";
  let room = 0;
  for (const word of text.split(/\s+/)) {
    const isFirst = lines === "";
    const fits = word.length < room;
    lines += (isFirst ? "" : fits ? " " : "\n") + word;
    room = (fits ? room - 1 : width) - word.length;
  }
  return lines;
}
