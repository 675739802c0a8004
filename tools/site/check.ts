/**
 * Checks the built site, `node check.ts`: links lead somewhere; and in Debian's Chromium, where it is
 * installed, no page is wider than a phone, none says an error, none asks another host for anything, and
 * the search finds what is there. Each problem is a line; there is none, or the status is 1.
 */
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { glob } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { listDeadLinks } from "./links.ts";

const SITE = fileURLToPath(new URL("../../release/site", import.meta.url));
const CHROMIUM = "/usr/bin/chromium";
/** What a browser has to be told of files; the rest it sees for itself. */
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const PHONE = { width: 360, height: 740 };
/** What people may look for, and the page that has to be among what is found. */
const SEARCHES = [["skopeo", "other-tools.html"], ["lockfile", "lock.html"], [
  "mergeSources",
  "api/nixoci/copy.html",
]] as const;

const problems = await listDeadLinks(SITE);
if (existsSync(CHROMIUM)) problems.push(...await browse());
else console.log("skipped: looking at the pages, which needs chromium");
for (const problem of problems) console.log(problem);
console.log(`${problems.length} problems of the site`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Opens the pages in Chromium; returns what is wrong with them. */
async function browse(): Promise<string[]> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    return [...await findWidePages(browser, host), ...await tryPages(browser, host)];
  } finally {
    await browser.close();
    server.close();
  }
}

/** Answers with a file of the site, which the browser keeps: nearly all pages have the same beside them. */
function answer({ url = "" }: IncomingMessage, response: ServerResponse): void {
  const path = join(SITE, decodeURIComponent(new URL(url, "http://site/").pathname));
  response.statusCode = existsSync(path) ? 200 : 404;
  response.setHeader("cache-control", "max-age=3600");
  response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream");
  if (existsSync(path)) createReadStream(path).pipe(response);
  else response.end();
}

/** Finds pages that scroll sideways on a phone. Their scripts do not run, which would take long. */
async function findWidePages(browser: Browser, host: string): Promise<string[]> {
  const { context, problems } = await openSite(browser, host, { javaScriptEnabled: false });
  const page = await context.newPage();
  for await (const path of glob("**/*.html", { cwd: SITE })) {
    await page.goto(host + path);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > PHONE.width) problems.push(`${path}: ${width} pixels wide on a phone of 360`);
  }
  await context.close();
  return problems;
}

/** Uses a few pages as people do, scripts and all. */
async function tryPages(browser: Browser, host: string): Promise<string[]> {
  const { context, problems } = await openSite(browser, host, {});
  const page = await context.newPage();
  for (const path of ["cli/copy.html", "api/nixoci/copy.html", "404.html", "index.html"]) {
    await page.goto(host + path, { waitUntil: "load" });
  }
  for (const [words, target] of SEARCHES) {
    if (!await canFind(page, words, target)) {
      problems.push(`search: ${words} does not find ${target}`);
    }
  }
  await context.close();
  return problems;
}

async function canFind(page: Page, words: string, target: string): Promise<boolean> {
  await page.locator("#local-search button").first().click();
  await page.fill("#localsearch-input", words);
  const link = page.locator(`#localsearch-list a[href*="${target}"]`).first();
  const isThere = await link.waitFor({ timeout: 20_000 }).then(() => true, () => false);
  await page.keyboard.press("Escape");
  return isThere;
}

/** Opens a browser for the site, and notes what goes wrong. */
async function openSite(
  browser: Browser,
  host: string,
  options: { javaScriptEnabled?: boolean },
): Promise<{ context: BrowserContext; problems: string[] }> {
  const problems: string[] = [];
  const context = await browser.newContext({ viewport: PHONE, ...options });
  context.on("console", (message) => {
    if (message.type() === "error") problems.push(`${message.page()?.url()}: ${message.text()}`);
  });
  context.on(
    "weberror",
    (error) => problems.push(`${error.page()?.url()}: ${error.error().message}`),
  );
  context.on("request", (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(host)) {
      problems.push(`asks another host: ${request.url()}`);
    }
  });
  return { context, problems };
}
