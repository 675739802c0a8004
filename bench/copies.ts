/** Measures the rows: the tools take turns, so that what the machine does besides hits them alike. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { measure, type Measurement, summarize } from "./measure.ts";
import type { Row, Stage } from "./rows.ts";
import type { Theatre } from "./stage.ts";
import { copyWith, type Tool } from "./tools.ts";

/** What one tool reached in one row. */
export interface Result extends Measurement {
  readonly tool: Tool["name"];
  /** The bytes that it left in the destination's folder. */
  readonly size: number;
}

/** So many measurements of each tool in turn; the medians, in the order of the tools. */
export async function measureRow(
  row: Row,
  tools: readonly Tool[],
  runs: number,
  theatre: Theatre,
): Promise<Result[]> {
  const sizes = new Map<Tool, number>();
  const measurements = new Map<Tool, Measurement[]>(tools.map((tool) => [tool, []]));
  for (let i = 0; i <= runs; i++) {
    for (const tool of tools) {
      await theatre.withStage(async (stage) => {
        const once = await measureOnce(row, tool, stage, theatre.env);
        if (i > 0) measurements.get(tool)!.push(once); // the first warms the caches
        sizes.set(tool, await sizeOf(stage.folder));
      });
    }
  }
  return tools.map((tool) => ({
    tool: tool.name,
    size: sizes.get(tool) ?? 0,
    ...summarize(measurements.get(tool)!),
  }));
}

async function measureOnce(
  row: Row,
  tool: Tool,
  stage: Stage,
  env: Theatre["env"],
): Promise<Measurement> {
  const job = await row.job(stage);
  if (row.again) await copyWith(tool, job, env);
  return await measure(tool.copy(job), env);
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (file) => {
    return (await stat(join(file.parentPath, file.name))).size;
  }));
  return sizes.reduce((sum, size) => sum + size, 0);
}
