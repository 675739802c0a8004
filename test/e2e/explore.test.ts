/** The page of an image in a real browser, where there is Chromium. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareStorePaths } from "../../src/explain/store-diff.ts";
import { formatPage } from "../../src/explore/page.ts";
import { spawned } from "../cli/run.ts";
import { APP, hostileImage } from "../explore/support.ts";
import { temporaryFolder } from "../support/folder.ts";
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
