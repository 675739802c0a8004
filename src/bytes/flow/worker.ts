/** The other side of workers.ts: called by a module that runs on a worker thread. */
import { isMainThread, parentPort } from "node:worker_threads";
import { NixociError, reasonOf } from "../../base/errors.ts";
import type { WorkerAnswer, WorkerFailure, WorkerOrder } from "./workers.ts";

/**
 * Does the work for each item that this thread gets, one at a time; `say` sends something meanwhile,
 * and the signal tells that it is to be broken off. Does nothing on the main thread.
 */
export function runAsWorker<In, Out, Said = never>(
  work: (item: In, say: (said: Said) => void, signal: AbortSignal) => Out | Promise<Out>,
): void {
  if (isMainThread || parentPort === null) return;
  const port = parentPort;
  const answer = (message: WorkerAnswer<Out, Said>): void => port.postMessage(message);
  let breakOff = new AbortController();
  const run = async (item: In): Promise<void> => {
    breakOff = new AbortController();
    try {
      const say = (said: Said): void => answer({ said });
      answer({ result: await work(item, say, breakOff.signal) });
    } catch (error) {
      answer({ error: describeFailure(error) });
    }
  };
  let last = Promise.resolve();
  port.on("message", (order: WorkerOrder<In>) => {
    if ("stop" in order) breakOff.abort();
    else last = last.then(() => run(order.item));
  });
}

function describeFailure(error: unknown): WorkerFailure {
  if (!(error instanceof NixociError)) {
    return { code: undefined, message: reasonOf(error), hint: undefined };
  }
  const { code, message, hint } = error;
  return { code, message, hint };
}
