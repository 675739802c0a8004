/** Commands as texts: words with quotes, which no shell reads. */
import { NixociError } from "../base/errors.ts";
import type { Command } from "./service.ts";

/** Words of shells that mean nothing here. */
const OF_SHELLS = /^(?:\|\|?|&&?|;|\d*[<>].*)$/;

/** The words of a command, and those of them that only a shell understands. */
export interface ParsedWords {
  readonly words: readonly string[];
  readonly shellWords: readonly string[];
}

/**
 * Parses the words of a text: blanks part them, quotes of both kinds keep blanks, a backslash keeps
 * the next character (not in single quotes). Nothing is expanded.
 * @throws NixociError `USAGE` for a quote that does not end, and for no word.
 */
export function parseServiceWords(text: string, at: string): ParsedWords {
  const words: string[] = [];
  const shellWords: string[] = [];
  for (const [raw] of text.matchAll(WORD)) {
    if (/["']/.test(raw.replace(QUOTED, ""))) {
      throw new NixociError("USAGE", `${at}: a quote does not end`, {
        hint: "close it, or write a list of words",
      });
    }
    if (OF_SHELLS.test(raw)) shellWords.push(raw);
    words.push(raw.replace(QUOTED, unescapePart));
  }
  if (words.length === 0) {
    throw new NixociError("USAGE", `${at}: there is no program in it`, {
      hint: "begin with the name or path of one",
    });
  }
  return { words, shellWords };
}

const WORD = /(?:"(?:\\[^]|[^"\\])*"|'[^']*'|\\[^]|[^\s\\])+/g;
const QUOTED = /"(?:\\[^]|[^"\\])*"|'[^']*'|\\[^]/g;

function unescapePart(part: string): string {
  if (part.startsWith("'")) return part.slice(1, -1);
  if (part.startsWith("\\")) return part.slice(1);
  return part.slice(1, -1).replace(/\\([\\"$`])/g, "$1");
}

/** Makes a command of words as they are. */
export function makeServiceCommand(words: readonly string[]): Command {
  return { words: words.map((text) => [{ kind: "text", text }]) };
}
