/** Makes a service of the settings that a unit's assignments have left. */
import type { Readiness, Service, ServiceFolder } from "../service.ts";
import { omitMissing } from "../../base/omit-missing.ts";
import type { UnitDraft, UnitType } from "./draft.ts";

/** A service, or the reasons why there is none. */
export type MadeService =
  | { readonly kind: "service"; readonly service: Service }
  | { readonly kind: "problems"; readonly problems: readonly string[] };

const OTHER_COMMANDS = ["before", "afterStart", "stop", "afterStop", "reload"] as const;

/** systemd's own, in milliseconds. */
const START_TIMEOUT = 90_000;
const BURST = { starts: 5, within: 10_000 };
const RESTART_DELAY = 100;

/** Makes the service; `origin` is where it was said. */
export function makeService(draft: UnitDraft, name: string, origin: string): MadeService {
  const type = typeOf(draft);
  const problems = findProblems(draft, type);
  if (problems.length > 0) return { kind: "problems", problems };
  const { fields, environment, limits } = draft;
  const service: Service = {
    ...fields,
    ...(draft.onlyStartIsUsers && markPrivileged(fields)),
    name,
    origin,
    // Whatever the image's own is: systemd has no such thing.
    workingDirectory: fields.workingDirectory ?? { path: "/" },
    type: type === "oneshot" ? "oneshot-pre" : "long-run",
    start: draft.start.map(({ command }) => command),
    ...(type === "forking" && { forks: true }),
    // systemd reloads only what says how.
    ignoresHup: true,
    restart: {
      kind: "no",
      delay: RESTART_DELAY,
      ...draft.restart,
      burst: { ...BURST, ...omitMissing(draft.burst) },
    },
    ...omitMissing({
      readiness: readinessOf(draft, type),
      startTimeout: startTimeoutOf(draft, type),
      environment: environment.size > 0 ? Object.fromEntries(environment) : undefined,
      limits: limits.size > 0 ? Object.fromEntries(limits) : undefined,
      folders: draft.folders.length > 0 ? foldersOf(draft) : undefined,
    }),
  };
  return { kind: "service", service };
}

/** Returns the type, which has three defaults (systemd.service(5), "Type="). */
function typeOf({ type, busName, start }: UnitDraft): UnitType {
  return type ?? (busName !== undefined ? "dbus" : start.length > 0 ? "simple" : "oneshot");
}

function findProblems(draft: UnitDraft, type: UnitType): string[] {
  const { start, fields, restart, notifyAccess } = draft;
  const problems = [...draft.problems];
  const [first, second] = start;
  if (
    problems.length === 0 && first === undefined && (type !== "oneshot" || !fields.stop?.length)
  ) {
    problems.push("it has no ExecStart= that can be used");
  }
  if (second !== undefined && type !== "oneshot") {
    problems.push(
      `${second.at}: a second ExecStart= (the first is ${
        first!.at
      }) is only for Type=oneshot; an ` +
        "empty ExecStart= takes the first one back",
    );
  }
  if (type === "oneshot" && ["always", "on-success"].includes(restart.kind ?? "no")) {
    problems.push(`Restart=${restart.kind} is not for Type=oneshot`);
  }
  if (type.startsWith("notify") && notifyAccess === "none") {
    problems.push("NotifyAccess=none lets nobody say that it is ready, as Type=notify needs it");
  }
  return problems;
}

/** Returns how it says that it is ready. */
function readinessOf(
  { notifyAccess, pidFile, startTimeout = START_TIMEOUT }: UnitDraft,
  type: UnitType,
): Readiness | undefined {
  const limit = startTimeout === Infinity ? {} : { limit: startTimeout };
  if (type === "notify" || type === "notify-reload") {
    return { kind: "notify", from: notifyAccess === "all" ? "all" : "main", ...limit };
  }
  if (type === "forking") {
    return { kind: "pid-file", ...(pidFile !== undefined && { path: pidFile }), ...limit };
  }
  return undefined;
}

/** A oneshot has no limit unless it says one. */
function startTimeoutOf({ startTimeout }: UnitDraft, type: UnitType): number | undefined {
  const time = startTimeout ?? (type === "oneshot" ? Infinity : START_TIMEOUT);
  return time === Infinity ? undefined : time;
}

function foldersOf({ folders, folderModes, keepsRuntime }: UnitDraft): ServiceFolder[] {
  // As systemd has it: those above come first, in its variables, too.
  const sorted = [...folders].sort((a, b) => a.path < b.path ? -1 : 1);
  return sorted.map(({ kind, path }) => ({
    kind,
    path,
    mode: folderModes[kind] ?? 0o755,
    ...(kind === "runtime" && !keepsRuntime && { transient: true }),
  }));
}

/** Returns all commands but the start's as ones of the init's user. */
function markPrivileged(fields: Partial<Service>): Partial<Service> {
  const raised = OTHER_COMMANDS.flatMap((field) => {
    const commands = fields[field]?.map((command) => ({ ...command, privileged: true }));
    return commands === undefined ? [] : [[field, commands] as const];
  });
  return Object.fromEntries(raised);
}
