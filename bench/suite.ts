/** A suite of measurements: what `bench/run.ts` runs, one after the other. */

/** The words that every suite understands; each reads those that concern it. */
export interface BenchOptions {
  /** How many measurements count; the median of them is told. */
  readonly runs: number;
  /** Only rows whose names contain this. */
  readonly only: string;
  /** Only images whose names contain this. */
  readonly image: string;
  /** nixoci on Deno, too. */
  readonly deno: boolean;
}

/** Measurements that belong together. */
export interface Suite {
  /** What it compares, for the list of suites. */
  readonly summary: string;
  /** The programs without which it says nothing; without peers it does. */
  readonly needs?: readonly string[];
  /** The page of docs/ that has its table; benchmarks.md where it does not say. */
  readonly page?: string;
  /** Runs it, and returns what it measured as a table in Markdown. Nothing fails when a target is
   * missed: a busy machine is no defect. */
  run(options: BenchOptions): Promise<string>;
}
