/** Reads when a rule is followed again, so that what is wrong is said before anything is done. */
import { NixociError } from "../../base/errors.ts";
import type { Schedule } from "../model.ts";
import { parseDuration } from "./values.ts";

/**
 * Reads a line of cron, or `@every 1h`, as regsync has it, too.
 * @throws NixociError `MALFORMED` for what is none, or never comes true.
 */
export async function parseCron(line: string, where: string): Promise<Schedule> {
  const [, every] = /^@every\s+(.+)$/.exec(line) ?? [];
  if (every !== undefined) return { every: parseDuration(every, where) };
  if (await isNever(line, where)) {
    throw new NixociError("MALFORMED", `${where}: ${JSON.stringify(line)} never comes true`, {
      hint: "look at its day and month: there may be no such date",
    });
  }
  return { cron: line };
}

async function isNever(line: string, where: string): Promise<boolean> {
  const { Cron } = await import("croner");
  try {
    return new Cron(line).nextRun() === null;
  } catch (cause) {
    const message = `${where}: ${JSON.stringify(line)} is not a line of cron`;
    throw new NixociError("MALFORMED", message, {
      cause,
      hint: "write minute, hour, day, month and weekday, such as 0 3 * * *",
    });
  }
}
