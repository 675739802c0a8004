/**
 * Eight processes write into one layout at a time: each tag is there in the end. `HAZARDS_TAGS=100`
 * has each of them write so many.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { outcomes } from "../cli/run.ts";
import { inspectLayout, writeBulk } from "../e2e/support/layout.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noteCases } from "./support/cases.ts";

const TAGS = Number(process.env["HAZARDS_TAGS"] ?? 2);
const WRITERS = ["a", "b", "c", "d", "e", "f", "g", "h"];

const LINES = WRITERS.map((name) => Array.from({ length: TAGS }, (_, i) => `${name}${i}`));

it("eight writers keep all of their tags", { timeout: 3600_000 }, async (context) => {
  noteCases(context, WRITERS.length * TAGS);
  const home = await temporaryFolder();
  const layout = join(home, "layout");
  const env = { ...process.env, HOME: home, XDG_CACHE_HOME: join(home, "cache") };
  await Promise.all(LINES.map(async (tags, i) => {
    const source = join(home, `source-${i}`);
    await mkdir(source);
    await writeBulk(source, 2, 1000);
    const lines = tags.map((
      tag,
    ) => ["copy", "--quiet", `oci-dir:${source}:bulk`, `oci-dir:${layout}:${tag}`]);
    for (const { status, stderr } of await outcomes(lines, { env, cwd: home })) {
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    }
  }));
  const tags = LINES.flat().sort();
  expect(await inspectLayout(layout)).toEqual({ tags, faults: [], strays: [] });
});
