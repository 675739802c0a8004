/** The help on terminals of any width. */
import { describe, expect, it } from "vitest";
import { formatHelp } from "../../../src/cli/help/layout.ts";
import { createHelpPages, type HelpPage } from "../../../src/cli/help/page.ts";

const plain = (columns: number) => ({ columns, style: (_: string, text: string) => text });
const marked = { columns: 80, style: (style: string, text: string) => `<${style}>${text}</>` };

const PAGE: HelpPage = {
  summary: "Print the digest of an image",
  sections: [
    { title: "USAGE", lines: ["nixoci digest SOURCE"] },
    {
      title: "FLAGS",
      list: [["-q, --quiet", "Print nothing"], ["    --retry=n", "Try so many times again"]],
    },
    { title: "DESCRIPTION", text: "The digest that pins it." },
    { title: "EXAMPLES", lines: ["nixoci digest registry:alpine", "nixoci digest dir:alpine"] },
  ],
};

describe("a page of the help", () => {
  it("has columns where there is room", () => {
    expect(formatHelp(PAGE, plain(80))).toBe(`Print the digest of an image

USAGE
  $ nixoci digest SOURCE

FLAGS
  -q, --quiet    Print nothing
      --retry=n  Try so many times again

DESCRIPTION
  The digest that pins it.

EXAMPLES
  $ nixoci digest registry:alpine

  $ nixoci digest dir:alpine
`);
  });

  it("fills lines to the width and no further", () => {
    const text = formatHelp(PAGE, plain(40));
    expect(text).toContain("\n      --retry=n  Try so many times again\n");
    expect(formatHelp(PAGE, plain(38)))
      .toContain("\n      --retry=n  Try so many times\n                 again\n");
  });

  it("puts meanings below terms where columns would be narrow", () => {
    expect(formatHelp(PAGE, plain(30)))
      .toContain(
        "\nFLAGS\n  -q, --quiet\n      Print nothing\n\n  --retry=n\n      Try so many times again\n",
      );
  });

  it("does so where one meaning is long", () => {
    const list = [["--one", "word ".repeat(100).trim()], ["--two", "short"]] as const;
    const text = formatHelp({ summary: "", sections: [{ title: "FLAGS", list }] }, plain(80));
    expect(text).toContain("\n  --one\n      word word");
    expect(text).toContain("\n\n  --two\n      short\n");
  });

  it("marks titles, and what flags take", () => {
    const text = formatHelp(PAGE, marked);
    expect(text).toContain("<bold>FLAGS</>\n");
    expect(text).toContain("--retry=<underline>n</>  Try");
  });

  it.each([40, 60, 80, 132])("is not wider than %i columns", async (columns) => {
    const pages = Object.values(await createHelpPages());
    for (const { summary, sections } of pages) {
      // What is to be typed stays in one line, and so does a word.
      const texts = sections.filter((section) => !("lines" in section));
      const lines = formatHelp({ summary, sections: texts }, plain(columns)).split("\n");
      const long = lines.filter((line) => line.length > columns && line.trim().includes("  "));
      expect(long).toEqual([]);
    }
  });
});
