/** Writes what a suite has measured into docs/benchmarks.md, in the place of what it measured before. */
import { readFile, writeFile } from "node:fs/promises";

const PAGE = new URL("../docs/benchmarks.md", import.meta.url);

/**
 * Replaces what stands between the suite's marks, `<!-- bench:NAME -->` and `<!-- end -->`.
 * @param how the circumstances, in a sentence.
 * @throws when the page has no such marks: it says what a table means, so that its place is chosen.
 */
export async function writeTable(suite: string, table: string, how: string): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const mark = `<!-- bench:${suite} -->`;
  const start = page.indexOf(mark);
  const end = page.indexOf("<!-- end -->", start);
  if (start < 0 || end < 0) throw new Error(`docs/benchmarks.md has no ${mark} … <!-- end -->`);
  const before = page.slice(0, start + mark.length);
  await writeFile(PAGE, `${before}\n\n${table}\n\n${how}\n\n${page.slice(end)}`);
}
