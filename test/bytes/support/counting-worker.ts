/** A worker for the tests: it doubles numbers, says where it is, and fails in every way. */
import { threadId } from "node:worker_threads";
import { runAsWorker } from "../../../src/bytes/flow/worker.ts";
import { NixociError } from "../../../src/base/errors.ts";

export type Job = { readonly number: number } | { readonly fail: "ours" | "plain" | "exit" };

runAsWorker<Job, { double: number; thread: number }, string>(async (job, say) => {
  if ("number" in job) {
    say(`doubling ${job.number}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { double: 2 * job.number, thread: threadId };
  }
  if (job.fail === "ours") throw new NixociError("DIGEST", "it is wrong", { hint: "mend it" });
  if (job.fail === "plain") throw new Error("it broke");
  process.exit(3);
});
