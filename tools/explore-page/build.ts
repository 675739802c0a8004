/**
 * Bundles the page's script into `src/explore/script.ts`, which is what runs from the sources, too:
 * `npm run docs` calls it.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const HEAD = `/**
 * The script of the page, as text: it runs in a browser. Made by \`npm run docs\` from
 * tools/explore-page; not to be changed by hand. Contains @dagrejs/dagre and @dagrejs/graphlib, under
 * the licence that stands in it.
 */
`;

/** Bundles it. @returns the text of the module. */
export async function bundleExploreScript(): Promise<string> {
  const graph = await rolldown({
    input: fileURLToPath(new URL("main.ts", import.meta.url)),
    platform: "browser",
  });
  const { output: [{ code }] } = await graph.generate({ format: "iife", minify: true });
  await graph.close();
  const dagre = createRequire(import.meta.url).resolve("@dagrejs/dagre/package.json");
  const licence = await readFile(join(dirname(dagre), "LICENSE"), "utf8");
  return `${HEAD}export const SCRIPT = ${JSON.stringify(`/*\n${licence.trim()}\n*/\n${code}`)};\n`;
}
