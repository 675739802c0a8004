/** Copies beside skopeo: the rows of rows.ts on each image, in turns. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureRow } from "../copies.ts";
import { imageOf, RECIPES } from "../images.ts";
import { ROWS } from "../rows.ts";
import { openTheatre } from "../stage.ts";
import type { BenchOptions, Suite } from "../suite.ts";
import { copyTable, type Measured } from "../table.ts";
import { nixoci, nixociOnDeno, skopeo } from "../tools.ts";

async function measureCopies({ runs, only, image: which, deno }: BenchOptions): Promise<string> {
  const tools = [nixoci, skopeo, ...(deno ? [await nixociOnDeno()] : [])];
  const rows = ROWS.filter(({ name }) => name.includes(only));
  const copies: Measured[] = [];
  for (const recipe of RECIPES.filter(({ name }) => name.includes(which))) {
    const image = await imageOf(recipe, join(tmpdir(), "nixoci-bench-images"));
    const theatre = await openTheatre(image);
    try {
      for (const row of rows) {
        console.error(`${row.name}, ${recipe.name}`);
        copies.push({ image, row, results: await measureRow(row, tools, runs, theatre) });
      }
    } finally {
      await theatre.close();
    }
  }
  return copyTable(copies);
}

export const suite: Suite = { summary: "copies between places, beside skopeo", run: measureCopies };
