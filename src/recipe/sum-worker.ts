/** A worker thread of `sums.ts`. */
import { serve } from "../bytes/flow/worker.ts";
import { sumClaimed, type SumJob, type Sums } from "./sum.ts";

serve<SumJob, Sums>((job) => [...sumClaimed(job)].filter((step) => step !== undefined));
