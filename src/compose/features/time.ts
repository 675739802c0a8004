/** Times that a SPEC names. */
import { NixociError } from "../../base/errors.ts";
import { normalizeTime } from "../../image/config/time.ts";

/** Reads a time as configs have it; `now` is the one given. @throws NixociError `USAGE`. */
export function readSpecTime(time: string, now: Date): string {
  if (time === "now") return now.toISOString().replace(/\.\d+Z$/, "Z");
  const whole = normalizeTime(time);
  if (whole !== undefined) return whole;
  throw new NixociError("USAGE", `${JSON.stringify(time)} is not a time`, {
    hint: "write it as 2026-01-31T12:00:00Z",
  });
}
