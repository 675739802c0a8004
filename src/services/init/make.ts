/** Makes the tree of the init: its own programs, and what it knows of the services. */
import { quoteWord } from "../../nix/derivation/attributes/structured.ts";
import type { Notice } from "../../base/notices.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import type { Service } from "../service.ts";
import { formatDefinition } from "./definition/definition.ts";
import { makeServiceFolder } from "./folders.ts";
import { type OrderedService, orderServices } from "./order.ts";
import { canStartAtOnce, formatOrder, isReadyAtOnce } from "./order-text.ts";
import { BEGIN, BY_HAND, ENTRYPOINT } from "./scripts/begin.ts";
import { FINISH, LEFTOVERS } from "./scripts/finish.ts";
import { FRONT, HAND_LOG } from "./scripts/front.ts";
import { LIB } from "./scripts/lib.ts";
import { MAIN } from "./scripts/main.ts";
import { NOTIFY } from "./scripts/notify.ts";
import { HEALTHY, READY } from "./scripts/ready.ts";
import { LOG, RUN } from "./scripts/run.ts";
import { INTERRUPT, PASS } from "./scripts/signals.ts";
import { COMMAND, START } from "./scripts/start.ts";
import { END, STOP } from "./scripts/stop.ts";
import { USER } from "./scripts/user.ts";
import { VARIABLES } from "./scripts/variables.ts";
import { makeScript } from "./script-files.ts";
import { shareStopTime, STOP_TIME } from "./stop-limits.ts";
import type { InitTools } from "./tools.ts";

/** The place of the init in images. */
export const INIT_FOLDER = "/usr/lib/nixoci";

/** The place of its state, of whatever user it runs as, unless something is mounted there. */
const STATE_FOLDER = "/run/init";

/** The options of an init. */
export interface InitOptions {
  readonly tools: InitTools;
  /** The absolute path of the tree; {@link INIT_FOLDER} by default. */
  readonly folder?: string;
  /** Milliseconds for the whole stop; 8000 by default. */
  readonly stopTime?: number;
}

/** The tree of an init, as entries of layers. */
export interface InitTree {
  /** Its programs: the same for all services. */
  readonly programs: readonly MadeEntry[];
  /** The definitions of these services. */
  readonly services: readonly MadeEntry[];
  /** The services, in the order of their start. */
  readonly ordered: readonly OrderedService[];
  readonly notices: readonly Notice[];
}

/** Texts that are programs, by their names in the tree. */
const PROGRAMS = {
  entrypoint: ENTRYPOINT,
  init: BY_HAND,
  run: RUN,
  finish: FINISH,
  log: LOG,
  start: START,
  command: COMMAND,
  stop: STOP,
  interrupt: INTERRUPT,
  pass: PASS,
  end: END,
  healthy: HEALTHY,
};

/** Texts that these read. */
const TEXTS = {
  "begin.sh": BEGIN,
  "front.sh": FRONT,
  "leftovers.sh": LEFTOVERS,
  "lib.sh": LIB,
  "log.sh": HAND_LOG,
  "main.sh": MAIN,
  "notify.sh": NOTIFY,
  "ready.sh": READY,
  "user.sh": USER,
  "variables.sh": VARIABLES,
};

/** The programs that s6-svscan runs, by signal, and when all is down. */
const HANDLERS = {
  SIGPWR: "start",
  SIGTERM: "stop",
  SIGQUIT: "stop",
  SIGINT: "interrupt",
  SIGHUP: "pass",
  SIGUSR1: "pass",
  SIGUSR2: "pass",
  finish: "end",
};

/**
 * Makes the tree of an init. Nothing is read or written.
 * @throws NixociError `USAGE` as {@link orderServices} does.
 */
export function makeInit(services: readonly Service[], options: InitOptions): InitTree {
  const { tools, folder = INIT_FOLDER, stopTime = STOP_TIME } = options;
  const ordered = orderServices(services);
  const { limits, notices } = shareStopTime(ordered, stopTime);
  return {
    programs: makePrograms(folder, tools),
    services: [
      { type: "directory", path: `${folder}/services` },
      { type: "file", path: `${folder}/order.sh`, content: formatOrder(ordered) },
      ...ordered.flatMap((one): MadeEntry[] => {
        const { service } = one;
        const limit = limits.get(service.name)!;
        const content = formatDefinition(service, limit, folder);
        return [
          ...makeScript(service, folder, tools),
          { type: "file", path: `${folder}/services/${service.name}`, content },
          ...makeServiceFolder(`${folder}/scan`, service, {
            stopTimeout: limit,
            waits: !canStartAtOnce(one),
          }),
          ...(isReadyAtOnce(one) ? [makeMark(folder, service)] : []),
        ];
      }),
    ],
    ordered,
    notices,
  };
}

/** Makes the mark of a service that is ready from the beginning. */
function makeMark(folder: string, { name }: Service): MadeEntry {
  return { type: "file", path: `${folder}/scan/.marks/${name}`, content: "ready\n" };
}

function makePrograms(folder: string, tools: InitTools): MadeEntry[] {
  const first = `#!${tools.shell}\n`;
  const scan = `${folder}/scan`;
  return [
    ...(folder === INIT_FOLDER
      ? [
        { type: "directory", path: STATE_FOLDER, mode: 0o1777 } as const,
        { type: "symlink", path: `${scan}/.tree`, target: folder } as const,
      ]
      : []),
    { type: "directory", path: folder },
    ...Object.entries(PROGRAMS).map(([name, text]): MadeEntry => ({
      type: "file",
      path: `${folder}/${name}`,
      mode: 0o755,
      content: first + text,
    })),
    ...Object.entries({ ...TEXTS, "tools.sh": formatTools(tools) })
      .map(([name, content]): MadeEntry => ({ type: "file", path: `${folder}/${name}`, content })),
    { type: "directory", path: scan },
    { type: "directory", path: `${scan}/.s6-svscan` },
    { type: "directory", path: `${scan}/.marks` },
    ...Object.entries(HANDLERS).map(([name, program]): MadeEntry => ({
      type: "symlink",
      path: `${scan}/.s6-svscan/${name}`,
      target: `../.tree/${program}`,
    })),
  ];
}

function formatTools({ s6, shell, path, env, nice = "", hears, bash = "" }: InitTools): string {
  return [
    "# Where the init finds programs.",
    `_tools=${quoteWord(path.join(":"))}`,
    `_s6=${quoteWord(s6)} _shell=${quoteWord(shell)}`,
    `_env_program=${quoteWord(env)} _nice_program=${quoteWord(nice)}`,
    `_hears=${hears ? "1" : ""} _bash=${quoteWord(bash)}`,
    "",
  ].join("\n");
}
