/** Plain English in comments, messages and documents. */
import { describe, expect, it } from "vitest";
import { listComments, readText, readTexts } from "./support/words.ts";

/** A docstring begins with what the thing does ("Copies…"), or what it is ("An image and…"). */
const RIDDLE = /^(?:What|How|Where|Which|Whether|Who|Whoever|When|Why)\b/;

/** Words that an English reader of today would not write. */
const ARCHAIC =
  /\b(?:shall|lest|whoever|whomever|thereof|therein|thereby|wherein|whence|whither|hitherto|albeit|had better|for ever)\b/i;

/** "It is no file" for "it is not a file". */
const GERMAN =
  /(?<!\bthere )\b(?:is|are) no (?!(?:better|cache|difference|error|failure|gain|good|larger|less|limit|longer|more|need|other|place|reason|use|way)\b)[a-z]+/i;

const sources = readTexts(["src", "transports"], ".ts");
const programs = new Map([
  ...sources,
  ...readTexts(["tools"], ".ts"),
  ...readTexts(["bin"], ".js"),
]);
programs.delete("src/explore/script.ts"); // bundled, with the licence of what is in it
const documents = new Map([
  ...readTexts(["docs"], ".md"),
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md"].map((file) => [file, readText(file)] as const),
]);

/** The places where a rule is broken; a sentence may go on in the next line, and in a comment. */
function findWords(texts: ReadonlyMap<string, string>, rule: RegExp): string[] {
  return [...texts].flatMap(([file, text]) => {
    const plain = text.replace(/\n[ \t]*(?:\*|\/\/)?/g, " ").replace(/\s+/g, " ");
    const found = plain.matchAll(new RegExp(rule, "gi"));
    return [...found].map(([words]) => `${file}: ${words}`);
  });
}

describe("English", () => {
  it("begins docstrings with what the thing does", () => {
    // Its comments are what the published schema says of a SPEC's fields.
    const written = [...sources].filter(([file]) => file !== "src/compose/spec/type.ts");
    const wrong = written.flatMap(([file, source]) =>
      listComments(source).filter(({ text, isDocstring }) => isDocstring && RIDDLE.test(text))
        .map(({ line, text }) => `${file}:${line}: ${text.split("\n")[0]}`)
    );
    expect(wrong).toEqual([]);
  });

  it.each([["programs", programs], ["documents", documents]])("is plain in %s", (_, texts) => {
    expect(texts.size).toBeGreaterThan(10);
    expect(findWords(texts, ARCHAIC)).toEqual([]);
    expect(findWords(texts, GERMAN)).toEqual([]);
  });
});

describe("the rules", () => {
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

  it("see words at the end of a line", () => {
    expect(findWords(new Map([["a.ts", "// it had\n// better not\n"]]), ARCHAIC))
      .toEqual(["a.ts: had better"]);
    const german = new Map([[
      "a.ts",
      "/**\n * It is no\n * file. There is no file; it is no longer.\n */",
    ]]);
    expect(findWords(german, GERMAN)).toEqual(["a.ts: is no file"]);
  });
});
