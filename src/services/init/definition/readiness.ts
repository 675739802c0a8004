/** Readiness in the definition of a service. */
import { quoteWord } from "../../../nix/derivation/attributes/structured.ts";
import type { Readiness } from "../../service.ts";
import { formatServiceCommand } from "./commands.ts";
import { wholeOf } from "./ends.ts";

/** Writes what makes it ready, and how long that may take. */
export function formatReadiness(readiness: Readiness | undefined): string[] {
  if (readiness === undefined) return [];
  const what = describeReadiness(readiness);
  return [
    `_ready=${readiness.kind} _ready_what=${quoteWord(what)}`,
    ...(readiness.limit === undefined ? [] : [`_ready_limit=${wholeOf(readiness.limit)}`]),
    ...("path" in readiness && readiness.path !== undefined
      ? [`_ready_path=${quoteWord(readiness.path)}`]
      : []),
    ...("port" in readiness
      ? [`_ready_port=${readiness.port.toString(16).toUpperCase().padStart(4, "0")}`]
      : []),
    ...("command" in readiness ? formatServiceCommand("ready_command", readiness.command) : []),
  ];
}

/** Says in words what makes a service ready. */
function describeReadiness(readiness: Readiness): string {
  switch (readiness.kind) {
    case "fd":
      return `a line on file descriptor ${readiness.fd}`;
    case "notify":
      return "READY=1 on its NOTIFY_SOCKET";
    case "tcp":
      return `port ${readiness.port} listens`;
    case "file":
      return `${readiness.path} is there`;
    case "pid-file":
      return readiness.path === undefined
        ? "it has forked"
        : `${readiness.path} has the number of its process`;
    case "command":
      return "its readiness command succeeds";
  }
}
