/** Finds links of built pages that lead nowhere: to no file of the site, or to no place in a page. */
import { glob, readFile } from "node:fs/promises";
import { posix } from "node:path";
import { join } from "node:path";

/** Lists the links, as `page: link`, that lead to what is not there; links to other hosts are not looked at. */
export async function listDeadLinks(folder: string): Promise<string[]> {
  const files = new Set(await Array.fromAsync(glob("**/*.*", { cwd: folder })));
  const pages = new Map<string, string>();
  for (const file of files) {
    if (file.endsWith(".html")) pages.set(file, await readFile(join(folder, file), "utf8"));
  }
  const places = new Map([...pages].map(([file, html]) => [file, listIds(html)]));
  return [...pages].flatMap(([page, html]) =>
    listTargets(html).filter((link) => !isAlive(link, page, files, places))
      .map((link) => `${page}: ${link}`)
  );
}

function isAlive(
  link: string,
  page: string,
  files: ReadonlySet<string>,
  places: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const { pathname, hash } = new URL(link, `http://site/${page}`);
  const path = decodeURIComponent(pathname).slice(1);
  const file = path === "" || path.endsWith("/") ? posix.join(path, "index.html") : path;
  if (!files.has(file)) return false;
  return hash === "" || (places.get(file)?.has(decodeURIComponent(hash.slice(1))) ?? true);
}

/** Lists where the links, pictures and scripts of a page lead, each once, those to other hosts left out. */
function listTargets(html: string): string[] {
  const links = [...html.matchAll(/<[a-z][^>]*? (?:href|src)="([^"]*)"/g)].map(([, link]) =>
    link!.replaceAll("&amp;", "&")
  );
  return [...new Set(links)].filter((link) => !/^[a-z]+:|^\/\//.test(link));
}

function listIds(html: string): ReadonlySet<string> {
  return new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!));
}
