/** What a worker thread of `sums.ts` does. */
import { serve } from "../../bytes/worker.ts";
import { type LayerSum, layerSum } from "./sum.ts";
import type { SumJob } from "./sums.ts";

serve<SumJob, LayerSum>(({ recipe, store }) => layerSum(recipe, store));
