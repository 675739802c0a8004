/** The directives of what a service runs, and when it counts as started. */
import { UNIT_TYPES, type UnitDraft, type UnitType } from "../draft.ts";
import { STOP_RESERVE, STOP_TIME } from "../../init/stop-limits.ts";
import type { Command } from "../../service.ts";
import type { Verdict } from "../types.ts";
import { readBoolean, readChoice, readInnerPath, readTime } from "../values.ts";
import { readCommands } from "../commands.ts";
import type { Directive, ReadingContext } from "./directive.ts";

/** The notes on types that a container cannot have as they are. */
const TYPE_NOTES: Partial<Record<UnitType, string>> = {
  exec: "it counts as started once it is forked, a moment before its program runs",
  idle: "it starts as simple does: no other output is waited for",
  forking:
    "its process is that of its PIDFile=, or is looked for; nobody knows with which status it " +
    "ends, so an end that nobody asked for is a failure",
  dbus: "it counts as started at once: no bus is watched for its name",
  "notify-reload": "as notify: a reload is not waited for",
};

/** Reads the commands of a line into a list; an empty one takes all back. */
function addCommands(
  value: string,
  { problems }: UnitDraft,
  { expand, assignment: { path, line, name } }: ReadingContext,
  use: (commands: readonly Command[] | undefined) => void,
): Verdict | void {
  if (value === "") return use(undefined);
  const { commands, notes, failure } = readCommands(value, expand);
  use(commands);
  if (failure?.isFatal) problems.push(`${path}:${line}: ${name}=: ${failure.message}`);
  if (failure === undefined && notes.length === 0) return;
  const fate = commands.length === 0 ? "not had" : "changed";
  return { fate, note: [...failure ? [failure.message] : [], ...notes].join("; ") };
}

type ExecField = "before" | "afterStart" | "stop" | "afterStop" | "reload" | "conditions";

function defineCommands(
  name: string,
  field: ExecField,
  says: string,
): Directive {
  return {
    section: "Service",
    names: [name],
    fate: "kept",
    says,
    isList: true,
    read(value, draft, context) {
      const { fields } = draft;
      return addCommands(value, draft, context, (commands) => {
        fields[field] = commands === undefined ? [] : [...fields[field] ?? [], ...commands];
      });
    },
  };
}

function readStart(value: string, draft: UnitDraft, context: ReadingContext): Verdict | void {
  const { path, line } = context.assignment;
  return addCommands(value, draft, context, (commands) => {
    const added = commands?.map((command) => ({ command, at: `${path}:${line}` }));
    draft.start = added === undefined ? [] : [...draft.start, ...added];
  });
}

/** The directives. */
export const RUN_DIRECTIVES: readonly Directive[] = [
  {
    section: "Service",
    names: ["Type"],
    fate: "kept",
    says: "simple, notify, forking and oneshot; exec, idle, dbus and notify-reload become the " +
      "nearest of these",
    read(value, draft) {
      draft.type = readChoice(value, UNIT_TYPES);
      const note = TYPE_NOTES[draft.type];
      if (note !== undefined) return { fate: "changed", note };
    },
  },
  {
    section: "Service",
    names: ["ExecStart"],
    fate: "kept",
    says: "the program, with prefixes, variables and quotes; several only for a oneshot",
    isList: true,
    read: readStart,
  },
  defineCommands("ExecCondition", "conditions", "a status other than 0 passes the service over"),
  defineCommands("ExecStartPre", "before", "commands before the start"),
  defineCommands("ExecStartPost", "afterStart", "commands once it has started"),
  defineCommands("ExecStop", "stop", "commands before the signal that stops it"),
  defineCommands("ExecStopPost", "afterStop", "commands after its end"),
  defineCommands("ExecReload", "reload", "commands when the init gets HUP"),
  {
    section: "Service",
    names: ["RemainAfterExit"],
    fate: "kept",
    says: "it counts as running after its end",
    read(value, { fields }) {
      fields.remains = readBoolean(value);
    },
  },
  {
    section: "Service",
    names: ["PermissionsStartOnly"],
    fate: "kept",
    says: "all commands but ExecStart= run as the init's user",
    read(value, draft) {
      draft.onlyStartIsUsers = readBoolean(value);
    },
  },
  {
    section: "Service",
    names: ["PIDFile"],
    resets: true,
    fate: "kept",
    says: "the process to watch, of Type=forking; others do not need it",
    read(value, draft, { expand }) {
      const path = readInnerPath(expand(value));
      draft.pidFile = path === "" ? undefined : path.startsWith("/") ? path : `/run/${path}`;
    },
  },
  {
    section: "Service",
    names: ["BusName"],
    fate: "not had",
    says: "there is no message bus that the init watches",
    read(value, draft) {
      draft.busName = value;
      return { fate: "not had", note: "there is no message bus that the init watches" };
    },
  },
  {
    section: "Service",
    names: ["NotifyAccess"],
    fate: "changed",
    says: "all that can write to the socket are heard",
    read(value, draft) {
      draft.notifyAccess = readChoice(value, ["none", "main", "exec", "all"] as const);
      if (value === "all" || value === "none") return;
      return { fate: "changed", note: "any process of the service is heard, as with all" };
    },
  },
  {
    section: "Service",
    names: ["TimeoutStartSec", "TimeoutSec"],
    fate: "kept",
    says:
      "the time until it is ready, or a oneshot has ended; TimeoutSec is that for the stop, too",
    read(value, draft, { assignment }) {
      // systemd has 0 for no limit, for the sake of old units.
      const time = readTime(value) || Infinity;
      draft.startTimeout = time;
      if (assignment.name === "TimeoutSec") return readStopTimeout(time, draft);
    },
  },
  {
    section: "Service",
    names: ["TimeoutStopSec"],
    fate: "kept",
    says: "the time until it is killed: seven seconds at most, unless init.stopTimeout gives more",
    read: (value, draft) => readStopTimeout(readTime(value) || Infinity, draft),
  },
];

/** In milliseconds: what the init shares out among services, unless it is told more. */
const LONGEST_STOP = STOP_TIME - STOP_RESERVE;

function readStopTimeout(time: number, { fields }: UnitDraft): Verdict | void {
  fields.stopTimeout = time;
  if (time <= LONGEST_STOP) return;
  return {
    fate: "changed",
    note: "seven seconds, unless init.stopTimeout gives more: engines kill a container after ten",
  };
}
