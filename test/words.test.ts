/** One meaning to a word: names of types, the beginnings of docstrings, plain English. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Begin with what the thing does ("Copies…"), or what it is ("An image and…"). */
const RIDDLE = /^(?:What|How|Where|Which|Whoever)\b/;

/** Words that an English reader of today would not write. */
const ARCHAIC =
  /\b(?:shall|lest|whoever|whomever|thereof|therein|thereby|wherein|whence|whither|hitherto|albeit|had better|for ever)\b/i;

const TYPE = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class) ([A-Z]\w*)/gm;

interface Comment {
  readonly line: number;
  /** Without the signs that make it a comment. */
  readonly text: string;
  readonly isDocstring: boolean;
}

function listTypes(source: string): string[] {
  return [...source.matchAll(TYPE)].map(([, name]) => name!);
}

/** The comments of a source, those that stand behind code included. */
function listComments(source: string): Comment[] {
  const pattern = /^[ \t]*\/\*[\s\S]*?\*\/|(?:^|[ \t])\/\/ .*$/gm;
  return [...source.matchAll(pattern)].map(({ 0: comment, index }) => ({
    line: source.slice(0, index).split("\n").length,
    text: comment.replace(/^[ \t]*(?:\/\*\*?|\*\/|\*|\/\/)[ \t]?/gm, "").replace(/\*\/$/, "")
      .trim(),
    isDocstring: comment.trimStart().startsWith("/**"),
  }));
}

const sources = new Map(
  ["src", "transports"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts")).map((file) => join(folder, file)).sort()
  ).map((file) => [file, readFileSync(join(ROOT, file), "utf8")]),
);

/** Where there are comments that the rule is against. */
function findComments(isWrong: (comment: Comment) => boolean): string[] {
  return [...sources].flatMap(([file, source]) =>
    listComments(source).filter(isWrong).map(({ line, text }) =>
      `${file}:${line}: ${text.split("\n")[0]}`
    )
  );
}

describe("words", () => {
  it("name one type each", () => {
    expect(sources.size).toBeGreaterThan(300);
    const files = new Map<string, string[]>();
    for (const [file, source] of sources) {
      for (const name of listTypes(source)) files.set(name, [...files.get(name) ?? [], file]);
    }
    const twice = [...files].filter(([, places]) => places.length > 1)
      .map(([name, places]) => `${name}: ${places.join(", ")}`);
    expect(twice.sort()).toEqual([]);
  });

  it("begin docstrings with what the thing does", () => {
    expect(findComments(({ text, isDocstring }) => isDocstring && RIDDLE.test(text))).toEqual([]);
  });

  it("are plain English in comments", () => {
    expect(findComments(({ text }) => ARCHAIC.test(text.replace(/\s+/g, " ")))).toEqual([]);
  });

  it("are in docs/words.md, once each, in alphabetical order", () => {
    const page = readFileSync(join(ROOT, "docs/words.md"), "utf8");
    const words = [...page.matchAll(/^- \*\*(.+?)\*\*: /gm)].map(([, word]) => word!.toLowerCase());
    expect(words.length).toBeGreaterThan(50);
    expect(words).toEqual([...new Set(words)].sort());
  });
});

describe("the rules", () => {
  it("see types, and not what is exported by name", () => {
    const source = "export type { A } from './a.ts';\ninterface B {}\nexport type C<T> = T;\n";
    expect(listTypes(source)).toEqual(["B", "C"]);
  });

  it("see comments in all their shapes, and no URLs in strings", () => {
    const source = [
      "/**",
      " * How it",
      " * shall be.",
      " */",
      'const url = "https://x"; // lest it',
      "  /** Where. */",
    ].join("\n");
    expect(listComments(source)).toEqual([
      { line: 1, text: "How it\nshall be.", isDocstring: true },
      { line: 5, text: "lest it", isDocstring: false },
      { line: 6, text: "Where.", isDocstring: true },
    ]);
  });
});
