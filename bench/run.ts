/**
 * nixoci beside skopeo: `npm run bench -- [--runs 5] [--only TEXT] [--image TEXT] [--deno] [--json]`.
 * Prints Markdown; what is measured is in rows.ts, with what is to be reached. Nothing fails when a
 * target is missed: a busy machine is no defect.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureRow } from "./copies.ts";
import { imageOf, RECIPES } from "./images.ts";
import { ROWS } from "./rows.ts";
import { openTheatre } from "./stage.ts";
import { measureStartUp } from "./startup.ts";
import { copyTable, type Measured, startUpTable } from "./table.ts";
import { nixoci, nixociOnDeno, skopeo } from "./tools.ts";

const { values: options } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    image: { type: "string", default: "" },
    deno: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const runs = Number(options.runs);
const tools = [nixoci, skopeo, ...(options.deno ? [await nixociOnDeno()] : [])];
const recipes = RECIPES.filter(({ name }) => name.includes(options.image));
const rows = ROWS.filter(({ name }) => name.includes(options.only));

const copies: Measured[] = [];
for (const recipe of rows.length === 0 ? [] : recipes) {
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
const starts = "start-up".includes(options.only) ? await measureStartUp(2 * runs) : [];

if (options.json) console.log(JSON.stringify({ runs, copies, starts }, null, 2));
else {
  if (copies.length > 0) console.log(copyTable(copies) + "\n");
  if (starts.length > 0) console.log(startUpTable(starts));
}
