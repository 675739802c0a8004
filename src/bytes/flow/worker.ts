/** The other side of workers.ts: called by a module that runs on a worker thread. */
import { isMainThread, parentPort } from "node:worker_threads";
import { NixociError, reasonOf } from "../../base/errors.ts";
import type { WorkerAnswer, WorkerFailure } from "./workers.ts";

/**
 * Does the work for each item that this thread gets, one at a time; `say` sends something meanwhile.
 * Does nothing on the main thread.
 */
export function runAsWorker<In, Out, Said = never>(
  work: (item: In, say: (said: Said) => void) => Out | Promise<Out>,
): void {
  if (isMainThread || parentPort === null) return;
  const port = parentPort;
  const answer = (message: WorkerAnswer<Out, Said>): void => port.postMessage(message);
  const run = async (item: In): Promise<void> => {
    try {
      answer({ result: await work(item, (said) => answer({ said })) });
    } catch (error) {
      answer({ error: describeFailure(error) });
    }
  };
  let last = Promise.resolve();
  port.on("message", (item: In) => void (last = last.then(() => run(item))));
}

function describeFailure(error: unknown): WorkerFailure {
  if (!(error instanceof NixociError)) {
    return { code: undefined, message: reasonOf(error), hint: undefined };
  }
  const { code, message, hint } = error;
  return { code, message, hint };
}
