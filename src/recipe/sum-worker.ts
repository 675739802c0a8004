/** A worker thread of `sums.ts`. */
import { runAsWorker } from "../bytes/flow/worker.ts";
import { sumClaimed, type SumJob, type Sums } from "./sum.ts";

runAsWorker<SumJob, Sums>((job) => [...sumClaimed(job)].filter((step) => step !== undefined));
