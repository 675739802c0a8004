/** The line of `nixoci inspect` for an image's health check. */
import { isTextList } from "../../../image/config/run-fields.ts";

/** Nanoseconds, as the config has times. */
const SECOND = 1_000_000_000;

/** The times of a check, and what they are called. */
const TIMES = [
  ["Interval", "every"],
  ["Timeout", "for"],
  ["StartPeriod", "start period"],
  ["StartInterval", "until then every"],
] as const;

/**
 * Writes a health check: its command, and its times in seconds.
 * @param formatWords writes a command for a shell.
 * @see https://github.com/moby/docker-image-spec (Healthcheck)
 */
export function formatHealthcheck(
  check: Readonly<Record<string, unknown>> | undefined,
  formatWords: (words: readonly string[]) => string,
): string | undefined {
  const test = isTextList(check?.["Test"]) ? check["Test"] : [];
  const [kind, ...words] = test;
  if (check === undefined || kind === undefined) return undefined;
  if (kind === "NONE") return "none, not even the base's";
  const times = TIMES.flatMap(([name, word]) => {
    const time = check[name];
    return typeof time === "number" && time > 0 ? [`${word} ${time / SECOND} s`] : [];
  });
  const retries = check["Retries"];
  if (typeof retries === "number" && retries > 0) times.push(`${retries} times`);
  const command = kind === "CMD-SHELL" ? words.join(" ") : formatWords(words);
  return times.length === 0 ? command : `${command} (${times.join(", ")})`;
}
