/** The pictures of the documents, from what the code says: `npm run docs` writes them. */
import { readFile } from "node:fs/promises";
import { drawCopy } from "./copy.ts";
import { drawLayers } from "./layers.ts";
import { drawTime } from "./time.ts";

/** Draws all pictures, by their paths below `docs`. */
export async function drawPictures(): Promise<ReadonlyMap<string, string>> {
  const benchmarks = new URL("../../docs/benchmarks.md", import.meta.url);
  return new Map([
    ["pictures/copy.svg", await drawCopy()],
    ["pictures/layers.svg", drawLayers()],
    ["pictures/time.svg", drawTime(await readFile(benchmarks, "utf8"))],
  ]);
}
