/** A worker thread of `sums.ts`. */
import { runAsWorker } from "../bytes/flow/worker.ts";
import { sumClaimedLayers, type SumJob, type Sums } from "./sum.ts";

runAsWorker<SumJob, Sums>((job) => [...sumClaimedLayers(job)].filter((step) => step !== undefined));
