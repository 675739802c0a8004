/** Writes what a suite has measured into its page of docs/, in the place of what it measured before. */
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const DENO = fileURLToPath(new URL("../node_modules/.bin/deno", import.meta.url));
const DOCS = new URL("../docs/", import.meta.url);

/**
 * Replaces what stands between the suite's marks, `<!-- bench:NAME -->` and `<!-- end -->`.
 * @param how the circumstances, in a sentence.
 * @throws when the page has no such marks: it says what a table means, so that its place is chosen.
 */
export async function writeTable(
  suite: string,
  file: string,
  table: string,
  how: string,
): Promise<void> {
  const path = new URL(file, DOCS);
  const page = await readFile(path, "utf8");
  const mark = `<!-- bench:${suite} -->`;
  const start = page.indexOf(mark);
  const end = page.indexOf("<!-- end -->", start);
  if (start < 0 || end < 0) throw new Error(`docs/${file} has no ${mark} … <!-- end -->`);
  const before = page.slice(0, start + mark.length);
  await writeFile(path, `${before}\n\n${table}\n\n${how}\n\n${page.slice(end)}`);
  spawnSync(DENO, ["fmt", "--quiet", fileURLToPath(path)], { stdio: "inherit" }); // aligns the columns
}
