/** What a worker thread of `sums.ts` does. */
import { serve } from "../bytes/flow/worker.ts";
import { summing } from "./sum.ts";
import type { SumJob, Sums } from "./sums.ts";

serve<SumJob, Sums>((job) => [...summing(job)].filter((step) => step !== undefined));
