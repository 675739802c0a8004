/**
 * Checks the built site, `node check.ts`: links lead somewhere; and in Debian's Chromium, where it is
 * installed, no page is wider than a phone, none says an error, none asks another host for anything, and
 * the search finds what is there. Each problem is a line; there is none, or the status is 1.
 */
import { existsSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { listDeadLinks } from "./links.ts";

const SITE = fileURLToPath(new URL("../../release/site", import.meta.url));
const CHROMIUM = "/usr/bin/chromium";
const HOST = "http://site.test/";
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
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    return [...await findWidePages(browser), ...await tryPages(browser)];
  } finally {
    await browser.close();
  }
}

/** Finds pages that scroll sideways on a phone. Their scripts do not run, which would take long. */
async function findWidePages(browser: Browser): Promise<string[]> {
  const { context } = await openSite(browser, { javaScriptEnabled: false });
  await context.route(/\.js$/, (route) => route.abort());
  const page = await context.newPage();
  const found: string[] = [];
  for await (const path of glob("**/*.html", { cwd: SITE })) {
    await page.goto(HOST + path);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > PHONE.width) found.push(`${path}: ${width} pixels wide on a phone of 360`);
  }
  await context.close();
  return found;
}

/** Uses a few pages as people do, scripts and all. */
async function tryPages(browser: Browser): Promise<string[]> {
  const { context, problems } = await openSite(browser, {});
  const page = await context.newPage();
  for (const path of ["cli/copy.html", "api/nixoci/copy.html", "404.html", "index.html"]) {
    await page.goto(HOST + path, { waitUntil: "load" });
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

/** Opens a browser that gets the site's files for its host, and notes what goes wrong. */
async function openSite(
  browser: Browser,
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
  await context.route("**/*", async (route) => {
    const url = route.request().url();
    if (!url.startsWith(HOST)) problems.push(`asks another host: ${url}`);
    const path = join(SITE, decodeURIComponent(new URL(url).pathname));
    if (url.startsWith(HOST) && existsSync(path)) await route.fulfill({ path });
    else await route.abort();
  });
  return { context, problems };
}
