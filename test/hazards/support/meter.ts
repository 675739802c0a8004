/** What commands hold and take, as the operating system counts it. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { LAUNCHER, type Outcome, RUN, spawned } from "../../cli/run.ts";

/** How a command went. */
export interface Measured {
  readonly outcome: Outcome;
  /** In MiB: the most memory that it held at a time. */
  readonly peak: number;
  /** In seconds of a processor. */
  readonly time: number;
}

const METER = `import { readFileSync, writeFileSync } from "node:fs";
process.on("exit", () => {
  const [, peak] = /VmHWM:\\s*(\\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
  const { user, system } = process.cpuUsage();
  writeFileSync(process.env.REPORT, JSON.stringify([peak / 1024, (user + system) / 1e6]));
});`;

/** Runs a command line of nixoci on this runtime; its cache and the meter are in the folder. */
export async function measure(words: readonly string[], folder: string): Promise<Measured> {
  const [report, meter] = [join(folder, "report.json"), join(folder, "meter.mjs")];
  await writeFile(meter, METER);
  const flag = "Deno" in globalThis ? "--preload" : "--import";
  const env = {
    ...process.env,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, "cache"),
    REPORT: report,
  };
  const line = [...RUN, flag, meter, LAUNCHER, ...words, "--quiet"];
  const outcome = await spawned(execPath, line, "", { env });
  const [peak, time] = JSON.parse(await readFile(report, "utf8"));
  return { outcome, peak, time };
}
