/**
 * Builds the documents into static pages, with a search that needs no server of its own:
 * `cd tools/site && npm ci --ignore-scripts && npm run build` writes `release/site`. The pages are those
 * of docs and the README, and the library's reference from its docstrings, by Deno.
 */
import { execFileSync } from "node:child_process";
import { cp, glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vitepress";

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

await rm(PAGES, { recursive: true, force: true });
for await (const path of glob("{*.md,docs/**/*.md}", { cwd: ROOT })) {
  const file = join(PAGES, placeOf(path));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, moveLinks(path, await readFile(join(ROOT, path), "utf8")));
}
for await (const path of glob("docs/*.json", { cwd: ROOT })) {
  await cp(join(ROOT, path), join(PAGES, "public", path.slice("docs/".length)));
}
await build(HERE, { outDir: OUT });
await documentLibrary();
await rm(PAGES, { recursive: true });

function placeOf(path: string): string {
  return MOVED[path] ?? path.replace(/^docs\//, "");
}

/** Has links lead to where pages are on the site, and those to other files to the repository. */
function moveLinks(page: string, text: string): string {
  return text.replaceAll(/\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)/g, (_, link, anchor = "") => {
    const target = relative(ROOT, resolve(ROOT, dirname(page), link));
    if (/^docs\/[^/]*\.json$/.test(target)) return `](/${target.slice("docs/".length)})`;
    if (!target.endsWith(".md")) return `](${SOURCE}${target})`;
    return `](/${placeOf(target)}${anchor})`;
  });
}

/** Writes the reference of the library from its docstrings. */
async function documentLibrary(): Promise<void> {
  const { exports } = JSON.parse(await readFile(join(ROOT, "deno.json"), "utf8"));
  const deno = join(ROOT, "node_modules", ".bin", "deno");
  const words = ["doc", "--quiet", "--html", "--name=nixoci", `--output=${join(OUT, "api")}`];
  execFileSync(deno, [...words, ...Object.values<string>(exports)], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
