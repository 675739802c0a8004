/** The definition of a service for the init's scripts: shell variables and functions. */
import type { Service } from "../../service.ts";
import { makeServiceCommand } from "../../words.ts";
import { scriptPathOf } from "../script-files.ts";
import { formatServiceCommands } from "./commands.ts";
import { formatRestart, wholeOf } from "./ends.ts";
import { formatServiceLimits } from "./limits.ts";
import { formatLogger, formatPlaces } from "./output.ts";
import { formatReadiness } from "./readiness.ts";
import { formatEnvironment, formatFolders, formatServiceUser } from "./surroundings.ts";

/** The kinds of commands that a service has besides its own, as the scripts call them. */
const KINDS = [
  ["start", "start"],
  ["before", "before"],
  ["after_start", "afterStart"],
  ["stop", "stop"],
  ["after_stop", "afterStop"],
  ["reload", "reload"],
  ["condition", "conditions"],
] as const;

/**
 * Writes the definition of a service.
 * @param stopTimeout its limit at the stop, in milliseconds.
 * @param folder the tree of the init.
 */
export function formatDefinition(
  given: Service,
  stopTimeout: number,
  folder: string,
): string {
  const service = given.script === undefined ? given : {
    ...given,
    start: [makeServiceCommand([scriptPathOf(given, folder)])],
  };
  const lines = [
    `_type=${service.type === "long-run" ? "long-run" : "oneshot"}`,
    ...formatServiceUser(service),
    ...formatServiceLimits(service),
    ...formatRestart(service),
    ...formatReadiness(service.readiness),
    `_kill_mode=${service.killMode ?? "group"} _stop_limit=${wholeOf(stopTimeout)}`,
    `_stop_signal=${(service.stopSignal ?? "SIGTERM").replace(/^SIG/, "")}`,
    ...formatEnvironment(service),
    ...formatFolders(service),
    ...KINDS.flatMap(([kind, field]) => formatServiceCommands(kind, service[field] ?? [])),
    ...formatLogger(service),
    ...formatPlaces(service),
    ...(service.forks ? ["_forks=1"] : []),
    ...(service.ignoresHup ? ["_ignores_hup=1"] : []),
    ...(service.type !== "long-run" && service.startTimeout !== undefined
      ? [`_start_limit=${wholeOf(service.startTimeout)}`]
      : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
