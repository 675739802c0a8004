/**
 * Does work on worker threads: any number of items, each taken by a free thread. This is for work
 * that makes its bytes itself (reads files, hashes, compresses); moving bytes to a thread costs more
 * than hashing them on this one.
 */
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import type { Worker } from "node:worker_threads";
import { type ErrorCode, NixociError } from "../../base/errors.ts";

/** Threads that all run one module; each starts when there is work for it. */
export interface Workers<In, Out, Said = never> extends AsyncDisposable {
  /**
   * Has a thread do the item's work; both it and the result are cloned on the way.
   * @param signal is passed on to the work, which is over before the promise is.
   * @throws what the work throws: a NixociError keeps its code, message and hint.
   */
  run(item: In, onSaid?: (said: Said) => void, signal?: AbortSignal): Promise<Out>;
}

/** A message to a thread: an item, or that the one that it has is to be broken off. */
export type WorkerOrder<In> = { readonly item: In } | { readonly stop: true };

/** A thread's message about the one item that it has. */
export type WorkerAnswer<Out, Said> =
  | { readonly said: Said }
  | { readonly result: Out }
  | { readonly error: WorkerFailure };

/** An error as plain data: cloning would lose the class, and with it the code and the hint. */
export interface WorkerFailure {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly hint: string | undefined;
}

interface WorkerJob<In, Out, Said> {
  readonly item: In;
  readonly onSaid: ((said: Said) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  /** Breaks its work off, once a thread has it. */
  stop(): void;
  readonly resolve: (result: Out) => void;
  readonly reject: (error: unknown) => void;
}

interface WorkerThread<In, Out, Said> {
  readonly worker: Worker;
  /** The job that it does, and those that it does next. */
  readonly jobs: WorkerJob<In, Out, Said>[];
}

/**
 * Opens threads for the module at `module`, which calls `runAsWorker` of `worker.ts`. Modules of workers
 * are named `*-worker.ts`, each name once, because tools/bundle.ts finds them so.
 * @param threads the most threads; one for each processor by default.
 * @param ahead how many items a thread is given while it has one, so that it need not wait for this
 * thread to see that it is done; 0 by default, which is for long work.
 * @example
 * ```ts ignore
 * const pool = workers<string, string>(new URL("./hash-worker.ts", import.meta.url));
 * const digests = await Promise.all(files.map((file) => pool.run(file)));
 * await pool[Symbol.asyncDispose]();
 * ```
 */
export function openWorkers<In, Out, Said = never>(
  module: URL,
  { threads = availableParallelism(), ahead = 0 }: {
    readonly threads?: number;
    readonly ahead?: number;
  } = {},
): Workers<In, Out, Said> {
  const running: WorkerThread<In, Out, Said>[] = [];
  const waiting: WorkerJob<In, Out, Said>[] = [];
  let stopped = false;

  const give = (thread: WorkerThread<In, Out, Said>): void => {
    const job = waiting.shift();
    if (job?.signal?.aborted) {
      job.reject(job.signal.reason);
      return give(thread);
    }
    if (job !== undefined) {
      thread.jobs.push(job);
      const order = (one: WorkerOrder<In>): void => thread.worker.postMessage(one);
      order({ item: job.item });
      job.stop = () => {
        // With another item behind it, it may be over when the thread hears of this.
        if (thread.jobs[0] === job && thread.jobs.length === 1) order({ stop: true });
      };
    }
    if (thread.jobs.length === 0) thread.worker.unref();
    else thread.worker.ref();
  };
  const hear = (thread: WorkerThread<In, Out, Said>, answer: WorkerAnswer<Out, Said>): void => {
    const job = thread.jobs[0];
    if (job === undefined) return;
    if ("said" in answer) return job.onSaid?.(answer.said);
    thread.jobs.shift();
    if ("result" in answer) job.resolve(answer.result);
    else job.reject(errorOf(answer.error));
    give(thread);
  };
  const lose = (thread: WorkerThread<In, Out, Said>, error: unknown): void => {
    if (!running.includes(thread)) return;
    running.splice(running.indexOf(thread), 1);
    for (const job of thread.jobs.splice(0)) job.reject(error);
    if (running.length === 0) { for (const job of waiting.splice(0)) job.reject(error); }
  };
  const start = (): void => {
    const thread: WorkerThread<In, Out, Said> = {
      worker: openWorker<WorkerAnswer<Out, Said>>(module, {
        onAnswer: (answer) => hear(thread, answer),
        onEnd: (error) => lose(thread, error),
      }),
      jobs: [],
    };
    running.push(thread);
    give(thread);
  };
  const giveWaiting = (): void => {
    const idle = running.find(({ jobs }) => jobs.length === 0);
    if (idle) return give(idle);
    if (running.length < threads) return start();
    const next = running.find(({ jobs }) => jobs.length <= ahead);
    if (next) give(next);
  };
  return {
    async run(item, onSaid, signal) {
      if (stopped) throw stoppedError();
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<Out>();
      const job = { item, onSaid, signal, stop() {}, resolve, reject };
      const stop = (): void => job.stop();
      signal?.addEventListener("abort", stop, { once: true });
      waiting.push(job);
      giveWaiting();
      try {
        return await promise;
      } finally {
        signal?.removeEventListener("abort", stop); // it may be that of all items
      }
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      const error = stoppedError();
      for (const job of waiting.splice(0)) job.reject(error);
      const all = running.splice(0);
      for (const { jobs } of all) for (const job of jobs) job.reject(error);
      await Promise.all(all.map(({ worker }) => worker.terminate()));
    },
  };
}

/** Starts a thread; its end is told with the error that it ended with, which may come twice. */
function openWorker<Answer>(
  module: URL,
  { onAnswer, onEnd }: { onAnswer(answer: Answer): void; onEnd(error: unknown): void },
): Worker {
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const worker = new Worker(moduleUrlOf(module));
  worker.on("message", onAnswer);
  worker.on("error", onEnd);
  worker.on("exit", () => onEnd(new Error("a worker thread ended early")));
  return worker;
}

function stoppedError(): NixociError {
  return new NixociError("CANCELLED", "the worker threads have stopped");
}

/** Returns the module's URL, which after a build is a file beside this one, of the same kind. */
function moduleUrlOf(module: URL): URL {
  const url = new URL(module.href.replace(/\.ts$/, extname(import.meta.url)));
  // A thread begins with a file, or with code: so a module of JSR, at https:, is imported by some.
  return url.protocol === "file:"
    ? url
    : new URL(`data:text/javascript,import ${JSON.stringify(url.href)};`);
}

function errorOf({ code, message, hint }: WorkerFailure): Error {
  if (code === undefined) return new Error(message);
  return new NixociError(code, message, { hint });
}
