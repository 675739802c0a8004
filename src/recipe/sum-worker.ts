/** A worker thread of `sums.ts`. */
import { runAsWorker } from "../bytes/flow/worker.ts";
import { loadRules } from "./move.ts";
import { type SumJob, sumLayersOf, type Sums } from "./sum.ts";

runAsWorker<SumJob, Sums>(async (job) => {
  await loadRules(job.recipes);
  return [...sumLayersOf(job)].filter((step) => step !== undefined);
});
