/**
 * Builds the documents into static pages, with a search that needs no server of its own:
 * `cd tools/site && npm ci --ignore-scripts && npm run build` writes `release/site`. The pages are those
 * of docs and the README, and the library's reference from its docstrings.
 */
import { cp, glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vitepress";
import { documentLibrary } from "./reference.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = join(HERE, "..", "..");
const PAGES = join(HERE, "pages");
const OUT = join(ROOT, "release", "site");
const SOURCE = "https://github.com/nixoci/nixoci/blob/main/";

/** Pages whose place on the site is another: `index` is the first page's name there. */
const MOVED: Readonly<Record<string, string>> = {
  "README.md": "index.md",
  "docs/index.md": "indexes.md",
  "CHANGELOG.md": "changelog.md",
  "CONTRIBUTING.md": "contributing.md",
  "SECURITY.md": "security.md",
};

/** Files of docs that pages show or name, and that are the same on the site. */
const FILES = /^docs\/([^/]*\.json|pictures\/[^/]*\.svg)$/;

await rm(PAGES, { recursive: true, force: true });
for await (const path of glob("{*.md,docs/**/*.md}", { cwd: ROOT })) {
  const text = await readFile(join(ROOT, path), "utf8");
  await writePage(placeOf(path), moveLinks(path, text));
}
for await (const path of glob("docs/**/*.{json,svg}", { cwd: ROOT })) {
  await cp(join(ROOT, path), join(PAGES, "public", path.slice("docs/".length)));
}
await documentLibrary(ROOT, join(PAGES, "api"));
for await (const path of glob("api/**/*.md", { cwd: PAGES })) {
  await writePage(path, await readFile(join(PAGES, path), "utf8"));
}
await build(HERE, { outDir: OUT });
await rm(PAGES, { recursive: true });

/** Writes a page of the site, with what search engines and browsers show of it at its head. */
async function writePage(place: string, text: string): Promise<void> {
  const file = join(PAGES, place);
  const [, verb] = /^cli\/(.*)\.md$/.exec(place) ?? [];
  const head = {
    description: describePage(text),
    ...verb !== undefined && { title: `nixoci ${verb}` },
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `---\n${JSON.stringify(head)}\n---\n\n${text}`);
}

function placeOf(path: string): string {
  return MOVED[path] ?? path.replace(/^docs\//, "");
}

/** Describes a page by the first sentence below its title. */
function describePage(text: string): string {
  const [, paragraph = ""] = /^# .*\n(?:\n|<!--.*-->)*([A-Z].*(?:\n.+)*)/m.exec(text) ?? [];
  const words = paragraph.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "")
    .replace(/\s+/g, " ");
  return /^.*?\.(?= |$)/.exec(words)?.[0] ?? words;
}

/** Has links lead to where pages are on the site, and those to other files to the repository. */
function moveLinks(page: string, text: string): string {
  return text.replaceAll(/\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)/g, (_, link, anchor = "") => {
    const target = relative(ROOT, resolve(ROOT, dirname(page), link));
    if (FILES.test(target)) return `](/${target.slice("docs/".length)})`;
    if (!target.endsWith(".md")) return `](${SOURCE}${target})`;
    return `](/${placeOf(target)}${anchor})`;
  });
}
