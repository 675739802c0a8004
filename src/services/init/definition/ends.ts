/** The rules for the end of a service, in its definition. */
import { quoteWord } from "../../../nix/derivation/attributes/structured.ts";
import type { Service } from "../../service.ts";

/** Writes when it starts again, and what its failure means. */
export function formatRestart({ restart, onFailure }: Service): string[] {
  const { kind = "no", delay, burst, success, never, always, strictSignals } = restart ?? {};
  const list = (name: string, ends: readonly (number | string)[] | undefined) =>
    ends?.length ? [`_${name}=${quoteWord(ends.join(" "))}`] : [];
  return [
    `_restart=${kind} _on_failure=${onFailure ?? "end-container"}`,
    ...(delay === undefined ? [] : [`_delay=${wholeOf(delay)}`]),
    ...(burst === undefined
      ? []
      : [`_starts=${burst.starts} _within=${wholeOf(burst.within / 1000)}`]),
    ...list("success", success),
    ...list("never", never),
    ...list("always", always),
    ...(strictSignals ? ["_strict=strict-"] : []),
  ];
}

/** Returns a number that every shell can count with: up to 24 days in milliseconds. */
export function wholeOf(time: number): number {
  return Math.min(Math.ceil(time), 2 ** 31 - 1);
}
