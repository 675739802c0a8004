/** The directives of how a service ends, and what comes after that. */
import { readServiceEnd, readSignal } from "../service-end.ts";
import { readBoolean, readChoice, readInteger, readTime } from "../values.ts";
import { splitWords } from "../words.ts";
import type { Directive } from "./directive.ts";
import { readItems } from "./items.ts";

const RESTARTS = [
  ...["no", "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog"] as const,
  "always",
] as const;

const KILL_MODES = {
  "control-group": "group",
  mixed: "mixed",
  process: "main",
  none: "none",
} as const;

function defineEnds(
  name: string,
  field: "success" | "never" | "always",
  says: string,
): Directive {
  return {
    section: "Service",
    names: [name],
    fate: "kept",
    says,
    isList: true,
    read(value, { restart }) {
      if (value === "") return void (restart[field] = []);
      const { items, verdict } = readItems(splitWords(value), readServiceEnd);
      restart[field] = [...restart[field] ?? [], ...items];
      return verdict;
    },
  };
}

/** The directives. */
export const END_DIRECTIVES: readonly Directive[] = [
  {
    section: "Service",
    names: ["Restart"],
    fate: "kept",
    says: "all seven values; a watchdog's end never comes, as there is no watchdog",
    read(value, { restart }) {
      restart.kind = readChoice(value, RESTARTS);
    },
  },
  {
    section: "Service",
    names: ["RestartSec"],
    fate: "kept",
    says: "the pause before a restart; 100 ms unless said",
    read(value, { restart }) {
      restart.delay = readTime(value);
    },
  },
  defineEnds("SuccessExitStatus", "success", "ends that are a success, too"),
  defineEnds("RestartPreventExitStatus", "never", "ends without a restart"),
  defineEnds("RestartForceExitStatus", "always", "ends with a restart, always"),
  ...(["Unit", "Service"] as const).flatMap((section): Directive[] => [
    {
      section,
      names: section === "Unit"
        ? ["StartLimitIntervalSec", "StartLimitInterval"]
        : ["StartLimitInterval"],
      fate: "kept",
      says: "so many starts in this time are given up",
      read(value, { burst }) {
        burst.within = readTime(value);
      },
    },
    {
      section,
      names: ["StartLimitBurst"],
      fate: "kept",
      says: "so many starts are given up",
      read(value, { burst }) {
        burst.starts = readInteger(value, 0, 2 ** 32 - 1);
      },
    },
    {
      section,
      names: ["FailureAction", "StartLimitAction"],
      fate: "changed",
      says: "a failure that is not followed by a restart ends the container; none lets it go on",
      read(value, { fields }, { assignment: { name } }) {
        if (value === "none") return;
        if (name === "FailureAction") fields.onFailure = "end-container";
        return { fate: "changed", note: "the container ends instead" };
      },
    },
  ]),
  {
    section: "Service",
    names: ["KillMode"],
    resets: true,
    fate: "kept",
    says: "who gets the signals",
    read(value, { fields }) {
      const mode = value === "" ? "control-group" : value;
      const words = Object.keys(KILL_MODES) as (keyof typeof KILL_MODES)[];
      fields.killMode = KILL_MODES[readChoice(mode, words)];
    },
  },
  {
    section: "Service",
    names: ["KillSignal"],
    fate: "kept",
    says: "the signal that stops it",
    read(value, { fields }) {
      fields.stopSignal = readSignal(value);
    },
  },
  {
    section: "Service",
    names: ["SendSIGKILL"],
    fate: "changed",
    says: "what is left is killed in the end: a container cannot wait",
    read(value) {
      if (!readBoolean(value)) {
        return { fate: "not had", note: "what is left is killed: a container cannot wait" };
      }
    },
  },
];
