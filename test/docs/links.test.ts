/** The links of the built site: what leads nowhere is found. The site itself is built in `.ci/run`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { listDeadLinks } from "../../tools/site/links.ts";
import { temporaryFolder } from "../support/folder.ts";

it("finds links to pages, places and pictures that are not there", async () => {
  const site = await temporaryFolder();
  await mkdir(join(site, "cli"));
  await writeFile(
    join(site, "index.html"),
    `<h2 id="a-b">A</h2><a href="/cli/copy.html#flags">x</a><a href="#a-b">y</a>
<a class="z" href="#c">z</a><img src="/no.svg"><a href="https://example.com/#none">w</a>`,
  );
  await writeFile(
    join(site, "cli", "copy.html"),
    `<h2 id="flags">F</h2><a href="../#a-b">x</a><a href="copy.html#none">y</a><a href="gone.html">z</a>`,
  );
  expect((await listDeadLinks(site)).sort()).toEqual([
    "cli/copy.html: copy.html#none",
    "cli/copy.html: gone.html",
    "index.html: #c",
    "index.html: /no.svg",
  ]);
});
