/** Reads the code blocks of the documents. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./public-functions.ts";

/** A code block of a document. */
export interface Block {
  /** The page, by its path below the repository. */
  readonly page: string;
  /** The line that the block begins in, from 1. */
  readonly line: number;
  /** The heading that it stands under, of the second level; empty before the first. */
  readonly section: string;
  /** `sh`, `ts`, `json` and so on; empty where nothing is said. */
  readonly language: string;
  readonly code: string;
}

/** Lists the documents: the pages at the top, and all of docs. */
export function listPages(): string[] {
  const pages = (folder: string, recursive: boolean) =>
    readdirSync(join(ROOT, folder), { recursive, encoding: "utf8" })
      .filter((path) => path.endsWith(".md")).map((path) => join(folder, path)).sort();
  return [...pages("", false), ...pages("docs", true)];
}

/** Reads the code blocks of a page, in order. */
export function readBlocks(page: string): Block[] {
  return findBlocks(readFileSync(join(ROOT, page), "utf8")).map((block) => ({ page, ...block }));
}

/** Finds the code blocks of a text in Markdown, those in lists too. */
export function findBlocks(text: string): Omit<Block, "page">[] {
  const pattern = /^( *)```([\w-]*)[^\n]*\n([^]*?)^\1```$/gm;
  return [...text.matchAll(pattern)].map(({ index, 1: indent, 2: language, 3: code }) => ({
    line: text.slice(0, index).split("\n").length,
    section: [...text.slice(0, index).matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? "",
    language: language!,
    code: code!.replaceAll(new RegExp(`^${indent}`, "gm"), "").trimEnd(),
  }));
}

/** Splits a block into its commands: a line, with those that go on with it, or that it is to read. */
export function splitCommands(code: string): string[] {
  const commands: string[] = [];
  let open = "";
  for (const line of code.split("\n")) {
    open += open === "" ? line : `\n${line}`;
    const bare = line.replace(/\s+#\s.*$/, "");
    if (/(\\|\||&&)$/.test(bare) || /<<'END'\n(?!(.*\n)*END$)|<<'END'$/.test(open)) continue;
    if (/\S/.test(open) && !/^#/.test(open)) commands.push(open);
    open = "";
  }
  return open === "" ? commands : [...commands, open];
}

/** Returns a command without what a comment says at its end. */
export function bareCommand(command: string): string {
  return command.replace(/\s+#\s.*$/gm, "").trim();
}
