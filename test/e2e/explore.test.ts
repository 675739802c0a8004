/** The page of an image in a real browser, where there is Chromium. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareStorePaths } from "../../src/explain/store-diff.ts";
import { formatPage } from "../../src/explore/page.ts";
import { spawned } from "../cli/run.ts";
import { APP, hostileImage, LIB } from "../explore/support.ts";
import { folderToDispose, temporaryFolder } from "../support/folder.ts";
import { listMissing } from "../support/tools.ts";

/** Returns the document as Chromium has it once its script has run. */
async function documentOf(page: string, hash = ""): Promise<string> {
  const folder = await temporaryFolder();
  const file = join(folder, "page.html");
  await writeFile(file, page);
  const { status, stdout, stderr } = await spawned("chromium", [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    `--user-data-dir=${join(folder, "profile")}`,
    "--dump-dom",
    `file://${file}${hash}`,
  ]);
  expect(status, stderr).toBe(0);
  return stdout;
}

describe.skipIf(listMissing("chromium").length > 0)("a page in Chromium", () => {
  it("shows layers, files, store paths and settings, and runs nothing of an image", async () => {
    const dom = await documentOf(formatPage([await hostileImage()]), "#search=script");
    expect(dom).toContain("<title>an image called &lt;b&gt;</title>");
    expect(dom).toContain("</script&gt;".replace("<", "&lt;"));
    expect(dom).not.toContain("<img");
    expect(dom).toContain("<h2>Layers</h2>");
    expect(dom).toContain("<h2>2 store paths</h2>");
    expect(dom).toContain("1 file</p>");
    expect(dom).toContain(`>${APP.slice(44)}</button>`);
  }, 60_000);

  it("shows two images side by side", async () => {
    const image = await hostileImage();
    const store = compareStorePaths([], image.paths);
    const moves = { layers: 1, bytes: 1000 };
    const page = formatPage([image, image], { store, files: [], count: 0, moves });
    const dom = await documentOf(page);
    expect(dom).toContain("From the first image to the second");
    expect(dom).toContain("A push moves 1 layer, 1.0 kB as stored.");
    expect(dom).toContain("Store paths: 2 differ, 0 are the same");
    expect(dom.match(/<h2>Files<\/h2>/g)).toHaveLength(2);
  }, 60_000);
});

describe.skipIf(listMissing("chromium").length > 0)("a page that somebody uses", () => {
  let browser: Browser;
  let page: Page;
  let folder: Awaited<ReturnType<typeof folderToDispose>>;
  const failures: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu"],
    });
    page = await browser.newPage();
    page.on("pageerror", (error) => failures.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) failures.push(`asked for ${request.url()}`);
    });
    folder = await folderToDispose();
    const file = join(folder.path, "page.html");
    await writeFile(file, formatPage([await hostileImage()]));
    await page.goto(`file://${file}`);
  });
  afterAll(async () => {
    await browser?.close();
    await folder?.dispose();
    expect(failures).toEqual([]);
  });

  const rows = (table: string) => page.locator(`table[aria-label="${table}"] tbody tr`);

  it("searches while one types", async () => {
    await page.fill("#search0", "GONE");
    expect(await rows("Files").allInnerTexts()).toEqual([
      expect.stringMatching(/^\/etc\/gone\s+3 B\s+1\s+0:0\s+hidden by layer 2$/),
    ]);
    await page.fill("#search0", "");
  });

  it("shows a layer alone, and all again", async () => {
    const second = page.getByRole("button", { name: "2", exact: true });
    await second.click();
    expect(await second.getAttribute("aria-pressed")).toBe("true");
    expect(await page.locator("#result0 summary").allInnerTexts()).toEqual([
      expect.stringMatching(/^nix\/ /),
    ]);
    await second.click();
    expect(await page.locator("#result0 summary").allInnerTexts()).toHaveLength(2);
  });

  it("opens folders, and goes by keyboard", async () => {
    const folder = page.locator("#result0 summary").filter({ hasText: /^nix\// });
    await folder.focus();
    await page.keyboard.press("Enter");
    await page.locator("#result0 summary").filter({ hasText: /^store\// }).click();
    await expect.poll(() => page.locator("#result0 summary").count()).toBe(5);
  });

  it("draws the closure, of which a box is chosen by key or by click", async () => {
    await page.getByText("The closure as a drawing").click();
    const boxes = page.locator(".drawing g.box");
    await expect.poll(() => boxes.count()).toBe(2);
    expect(await page.locator(".drawing polyline").count()).toBe(1);
    const lib = boxes.filter({ has: page.locator("text", { hasText: "lib-2.0" }) });
    await lib.focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("#detail0 h3").innerText()).toBe(LIB);
    expect(await page.locator(".drawing .chosen").count()).toBe(2);
    await boxes.filter({ has: page.locator("text", { hasText: "app-1.0" }) }).click();
    expect(await page.locator("#detail0 h3").innerText()).toBe(APP);
  });
});
