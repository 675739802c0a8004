/** What README.md and docs/ point at is there: files, and headings in them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PAGES = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md")).map((path) => join("docs", path)),
];

/** Where relative links lead, code left out. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[^]*?^```/gm, "").replace(/`[^`]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchors that GitHub makes of headings. */
function anchorsOf(page: string): string[] {
  const headings = readFileSync(page, "utf8").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, text]) =>
    text!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}

/** Why the link leads nowhere, if it does not. */
function trouble(page: string, link: string): string[] {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : resolve(dirname(page), path);
  if (!statSync(target, { throwIfNoEntry: false })) return [`${link}: no such file`];
  if (anchor === undefined || anchorsOf(target).includes(anchor)) return [];
  return [`${link}: no such heading`];
}

it.each(PAGES)("the links of %s lead somewhere", (name) => {
  const page = join(ROOT, name);
  expect(linksOf(readFileSync(page, "utf8")).flatMap((link) => trouble(page, link))).toEqual([]);
});

it("notices links that do not", () => {
  const page = join(ROOT, "README.md");
  expect(linksOf("a [b](c.md#d), `[no](link)` and [e](https://f.test)")).toEqual(["c.md#d"]);
  expect(trouble(page, "nope.md")).toEqual(["nope.md: no such file"]);
  expect(trouble(page, "docs/image-model.md#nope")).toEqual([
    "docs/image-model.md#nope: no such heading",
  ]);
});
