/** What a second core brings, and each one more: the same work on some of them, by taskset. */
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { imageOf, RECIPES } from "../images.ts";
import { openTheatre } from "../stage.ts";
import type { BenchOptions, Suite } from "../suite.ts";
import { formatWorks, measureWork, type Told } from "../work.ts";
import { GZIP } from "./copies.ts";
import { FLATTEN, PULL, push } from "./registries.ts";

const CORES = [1, 2, 4, 8];

async function measureCores({ runs, only, deno }: BenchOptions): Promise<string> {
  const image = await imageOf(RECIPES[0]!, join(tmpdir(), "nixoci-bench-images"));
  const works = [PULL, push(false), FLATTEN, GZIP].filter(({ name }) => name.includes(only));
  const theatre = await openTheatre(image);
  const told: Told[] = [];
  try {
    for (const work of works) {
      for (const cores of CORES.filter((count) => count <= availableParallelism())) {
        told.push(await measureWork(work, theatre, { runs, deno, cores }));
      }
    }
  } finally {
    await theatre.close();
  }
  return formatWorks(told.map((one) => ({ ...one, aim: undefined })));
}

export const suite: Suite = {
  summary: "pulls, pushes, exports and gzip on one core, two and more, by taskset",
  needs: ["docker-registry", "taskset", "time"],
  run: measureCores,
};
