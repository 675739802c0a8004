/**
 * A service: a program that the init of an image runs. A SPEC's `services`, NixOS's options and
 * systemd's units all become these plain values, and the init is made of nothing else.
 */

/** The time in which a service runs: as long as the container, or once before or after those that do. */
export type ServiceType = "long-run" | "oneshot-pre" | "oneshot-post";

/** A part of a word: text, or a variable whose value is put there when the service starts. */
export type WordPart =
  | { readonly kind: "text"; readonly text: string }
  /**
   * `split`: the value becomes as many words as its blanks make, quotes in it respected, and none
   * where it is not set (systemd's `$NAME`). `MAINPID` is the service's process.
   */
  | { readonly kind: "variable"; readonly name: string; readonly split: boolean };

/** A program and its arguments. */
export interface Command {
  /** The words, each made of parts; the first names the program. */
  readonly words: readonly (readonly WordPart[])[];
  /** The name that the program is told as its own, if not the first word. */
  readonly argv0?: string;
  /** A failure of this command counts as a success (systemd's `-`). */
  readonly mayFail?: boolean;
  /** It runs as the init's user, whatever the service's user is (systemd's `+` and `!`). */
  readonly privileged?: boolean;
}

/** A place that output goes to: the log, nowhere, or a file that grows or starts anew. */
export type ServiceOutput =
  | { readonly kind: "log" | "null" }
  | { readonly kind: "append" | "truncate"; readonly path: string };

/** The sign that a service is ready, and how long it has for that, in milliseconds. */
export type Readiness =
  & (
    /** It writes a newline to this file descriptor, as s6 has it. */
    | { readonly kind: "fd"; readonly fd: number }
    /** It sends `READY=1` to `$NOTIFY_SOCKET`, as systemd has it. */
    | { readonly kind: "notify"; readonly from: "main" | "all" }
    | { readonly kind: "tcp"; readonly host: string; readonly port: number }
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "command"; readonly command: Command }
    /** It has forked, and its process number is in this file, or is looked for (systemd's forking). */
    | { readonly kind: "pid-file"; readonly path?: string }
  )
  & { readonly limit?: number };

/** An exit status, or the name of a signal such as `SIGTERM`. */
export type ServiceEnd = number | string;

/** The ends of a service that start it again. */
export type RestartKind =
  | "no"
  | "on-success"
  | "on-failure"
  | "on-abnormal"
  | "on-abort"
  | "on-watchdog"
  | "always";

/** The rules by which a service that has ended is started again. */
export interface Restart {
  readonly kind: RestartKind;
  /** The pause before it, in milliseconds. */
  readonly delay?: number;
  /** Ends that are a success besides status 0 and the clean signals. */
  readonly success?: readonly ServiceEnd[];
  /** Ends after which it is never, and always, started again. */
  readonly never?: readonly ServiceEnd[];
  readonly always?: readonly ServiceEnd[];
  /** HUP, INT, PIPE and TERM are failures, too; systemd has them clean for all but oneshots. */
  readonly strictSignals?: boolean;
  /** So many starts in so many milliseconds are given up: five in ten seconds by default; 0 never. */
  readonly burst?: { readonly starts: number; readonly within: number };
}

/** The effect on the container of an end that is a failure, and is not followed by a restart. */
export type OnFailure = "end-container" | "go-on";

/** A folder that the init makes for a service before it starts, with its owner. */
export interface ServiceFolder {
  readonly kind: "runtime" | "state" | "cache" | "logs" | "configuration";
  /** The absolute path. */
  readonly path: string;
  readonly mode: number;
  /** It goes when the service stops. */
  readonly transient?: boolean;
}

/** A limit of resources; `infinity` where there is none. */
export interface ResourceLimit {
  readonly soft: number | "infinity";
  readonly hard: number | "infinity";
}

/** A program that an image's init runs. */
export interface Service {
  readonly name: string;
  /** The place where it was said, for messages: `services.web`, `/units/web.service`. */
  readonly origin: string;
  /** The field of the SPEC that brought it, where the origin is another file: `units[0]`. */
  readonly field?: string;
  /** Other names by which services may call it in `after` and `requires`. */
  readonly aliases?: readonly string[];
  readonly description?: string;
  readonly type: ServiceType;
  /** Commands that must end with 0: else the service is passed over, and that is not a failure. */
  readonly conditions?: readonly Command[];
  /** The commands before, at and after the start; only oneshots may have several of `start`. */
  readonly before?: readonly Command[];
  readonly start: readonly Command[];
  /** The command ends once the service runs, and leaves it behind (systemd's forking). */
  readonly forks?: boolean;
  readonly afterStart?: readonly Command[];
  /** The commands that stop it before its signal is sent, that run when it has ended, and at HUP. */
  readonly stop?: readonly Command[];
  readonly afterStop?: readonly Command[];
  readonly reload?: readonly Command[];
  /** The init's HUP, which reloads, is not handed to it: some daemons end with that. */
  readonly ignoresHup?: boolean;
  readonly user?: string;
  /**
   * The image gets that user where it has none, and an init that cannot become it stays what it is
   * (systemd's DynamicUser).
   */
  readonly makesUser?: boolean;
  readonly group?: string;
  readonly extraGroups?: readonly string[];
  readonly workingDirectory?: { readonly path: string; readonly optional?: boolean };
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of variables that are read when it starts. */
  readonly environmentFiles?: readonly { readonly path: string; readonly optional?: boolean }[];
  /** Folders and store paths whose `bin` comes first in its PATH. */
  readonly path?: readonly string[];
  /** Services that are ready, or have ended well, before this one starts. */
  readonly after?: readonly string[];
  /** Services that wait for this one, as if they had it in `after`. */
  readonly precedes?: readonly string[];
  /** Services without which it does not start. */
  readonly requires?: readonly string[];
  /** Services that should be in the image, too, and whose failure it survives. */
  readonly wants?: readonly string[];
  readonly readiness?: Readiness;
  readonly restart?: Restart;
  readonly onFailure?: OnFailure;
  /** A oneshot that counts as running after its end (systemd's RemainAfterExit). */
  readonly remains?: boolean;
  /** Milliseconds that a oneshot, or the commands before a start, may take, where there is a limit. */
  readonly startTimeout?: number;
  readonly stopSignal?: string;
  /** Milliseconds until KILL. */
  readonly stopTimeout?: number;
  /** The processes that get the signals; `group` unless said: nothing that it started stays. */
  readonly killMode?: "group" | "main" | "mixed" | "none";
  readonly umask?: number;
  readonly nice?: number;
  /** By the names of setrlimit without `RLIMIT_`, in lower case: `nofile`. */
  readonly limits?: Readonly<Record<string, ResourceLimit>>;
  readonly folders?: readonly ServiceFolder[];
  /** The places that its output goes to; the log unless said, and errors go with the output. */
  readonly stdout?: ServiceOutput;
  readonly stderr?: ServiceOutput;
  /** A program that gets its output, instead of the container's log. */
  readonly logger?: Command;
  /** A text that is run as a program instead of `start`; without `#!` a shell reads it, with `-e`. */
  readonly script?: string;
  /** Every line of its output begins with its name, where it has no logger. */
  readonly prefix?: boolean;
}

/** The fields of a service that have commands. */
const COMMAND_FIELDS = [
  "conditions",
  "before",
  "start",
  "afterStart",
  "stop",
  "afterStop",
  "reload",
] as const;

/** A command and the field that has it. */
export interface FieldCommand {
  readonly field: (typeof COMMAND_FIELDS)[number] | "logger" | "readiness";
  readonly command: Command;
}

/** Lists all commands of a service, with their fields. */
export function listCommands(service: Service): FieldCommand[] {
  const { logger, readiness } = service;
  return [
    ...COMMAND_FIELDS.flatMap((field) =>
      (service[field] ?? []).map((command) => ({ field, command }))
    ),
    ...(logger === undefined ? [] : [{ field: "logger" as const, command: logger }]),
    ...(readiness?.kind === "command"
      ? [{ field: "readiness" as const, command: readiness.command }]
      : []),
  ];
}
