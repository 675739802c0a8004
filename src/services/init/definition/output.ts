/** The places that the output of a service goes to, in its definition. */
import { quoteWord } from "../../../nix/derivation/attributes/structured.ts";
import type { Service, ServiceOutput } from "../../service.ts";
import { formatServiceCommand } from "./commands.ts";

/** Writes what gets its output. */
export function formatLogger({ logger, prefix }: Service): string[] {
  if (logger === undefined) return prefix ? ["_logger=prefix"] : [];
  return ["_logger=command", ...formatServiceCommand("logger", logger)];
}

/** Writes the files that it writes to instead of the log. */
export function formatPlaces({ stdout, stderr }: Service): string[] {
  return [
    ...(stdout === undefined ? [] : [`_stdout=${formatPlace(stdout, "")}`]),
    ...(stderr === undefined ? [] : [`_stderr=${formatPlace(stderr, "log")}`]),
  ];
}

/** Writes where output goes; what is appended begins with a plus. */
function formatPlace(place: ServiceOutput, log: string): string {
  switch (place.kind) {
    case "log":
      return log;
    case "null":
      return "/dev/null";
    case "append":
      return quoteWord(`+${place.path}`);
    case "truncate":
      return quoteWord(place.path);
  }
}
