/** Runs a command and says how long it took, of the processor too, and how much memory it had. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface Measurement {
  readonly milliseconds: number;
  /** The largest resident set of the command or of any of its children, in bytes. */
  readonly peak: number;
  /** The processor time of the command and of its children, in milliseconds. */
  readonly processor: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

// bash counts in milliseconds, GNU time in hundredths of a second; only that one knows the peak.
const TIMED = `TIMEFORMAT="%R %U %S"; time /usr/bin/time --format=peak=%M "$@"`;

/** Runs the command to its end. Its peak is what the kernel counted, as `time` reports it. */
export async function measure(command: readonly string[], env: Environment): Promise<Measurement> {
  const child = spawn("bash", ["-c", TIMED, "bash", ...command], {
    env: { ...env, LC_ALL: "C" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => said += chunk);
  const [status] = await once(child, "close");
  const [, kibibytes, ...seconds] = /peak=(\d+)\n([\d.]+) ([\d.]+) ([\d.]+)\n$/.exec(said) ?? [];
  if (status === 0 && kibibytes !== undefined) {
    const [real, user, system] = seconds.map((text) => 1000 * Number(text));
    return { milliseconds: real!, peak: Number(kibibytes) * 1024, processor: user! + system! };
  }
  throw new Error(`${command.join(" ")} failed (${status}):\n${said}`);
}

/** The middle of several measurements; the highest of their peaks. */
export function summarize(measurements: readonly Measurement[]): Measurement {
  return {
    milliseconds: median(measurements.map(({ milliseconds }) => milliseconds)),
    peak: Math.max(...measurements.map(({ peak }) => peak)),
    processor: median(measurements.map(({ processor }) => processor)),
  };
}

/** The middle of several numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
