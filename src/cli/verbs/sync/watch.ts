/** `--watch`: follows the rules again and again, each when it is due. */
import { setTimeout as delay } from "node:timers/promises";
import { NixociError } from "../../../base/errors.ts";
import { parseDuration } from "../../../sync/config/values.ts";
import type { Schedule, SyncConfig, SyncRule } from "../../../sync/mod.ts";
import type { Io } from "../../kit/io.ts";

/** A rule, and when it is followed next: milliseconds since the epoch. */
interface DueRule {
  readonly rule: SyncRule;
  readonly findNext: (now: number) => number;
  at: number;
}

// Longer than this a timer of the platform's does not wait.
const LONGEST = 2 ** 31 - 1;

/**
 * Follows all rules now, and each again when its schedule says, until the user interrupts.
 * @param every the schedule of rules that have none.
 * @throws NixociError `USAGE` for rules without a schedule.
 */
export async function followSchedules(
  config: SyncConfig,
  every: string | undefined,
  { signal, notice }: Io,
  follow: (config: SyncConfig) => Promise<void>,
): Promise<void> {
  const usual = every === undefined
    ? undefined
    : { every: parseDuration(every, "--every", "USAGE") };
  const rules: DueRule[] = [];
  for (const rule of config.rules) {
    rules.push({ rule, at: 0, findNext: await createSchedule(rule, rule.schedule ?? usual) });
  }
  for (;;) {
    const now = Date.now();
    const due = rules.filter(({ at }) => at <= now);
    for (const one of due) one.at = one.findNext(now);
    if (due.length > 0) await follow({ ...config, rules: due.map(({ rule }) => rule) });
    const next = Math.min(...rules.map(({ at }) => at));
    const wait = Math.max(0, next - Date.now());
    if (due.length > 0) notice(`next at ${new Date(next).toISOString()}`);
    await delay(Math.min(wait, LONGEST), undefined, { signal });
  }
}

async function createSchedule(
  { where }: SyncRule,
  schedule: Schedule | undefined,
): Promise<DueRule["findNext"]> {
  if (schedule === undefined) {
    throw new NixociError("USAGE", `${where}: --watch, but when?`, {
      hint: "write every: 15m or cron: there, or give --every",
    });
  }
  if ("every" in schedule) return (now) => now + schedule.every;
  const { Cron } = await import("croner");
  const times = new Cron(schedule.cron);
  return (now) => times.nextRun(new Date(now))?.getTime() ?? Infinity;
}
