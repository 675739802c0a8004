/** The programs of an image that the init is made with. */

/** The places of programs that the init runs: absolute paths in the image. */
export interface InitTools {
  /** The folder of s6's programs. */
  readonly s6: string;
  readonly shell: string;
  /** The shell of services' scripts: bash where there is one. */
  readonly scriptShell: string;
  /** The folders of all the tools, first what is found first. */
  readonly path: readonly string[];
  readonly env: string;
  /** Not every busybox has it, and few services ask for it. */
  readonly nice?: string;
  /** The folder of s6 has s6-socklog, which hears `READY=1`. */
  readonly hears?: boolean;
  /** The path of bash, which can tell a program another name than its own. */
  readonly bash?: string;
}

/** The place that services run in, as messages call it. */
export type RunsOn = "the image" | "this machine";

/** Programs of s6 that the init runs. */
export const S6_PROGRAMS = [
  "s6-svscan",
  "s6-supervise",
  "s6-svscanctl",
  "s6-svc",
  "s6-svok",
  "s6-svstat",
  "s6-svwait",
  // s6-svwait waits with it.
  "s6-ftrigrd",
  "s6-log",
  "s6-applyuidgid",
  "s6-softlimit",
] as const;

/** Programs that POSIX, coreutils or busybox have. */
export const POSIX_PROGRAMS = [
  "cat",
  "chmod",
  "chown",
  "cp",
  "date",
  "env",
  "grep",
  "id",
  "ln",
  "mkdir",
  "mkfifo",
  "rm",
  "sed",
  "sleep",
  "tr",
] as const;

/** Shells that run the init's scripts, the quickest first. */
export const SHELLS = ["dash", "sh", "ash", "bash"] as const;
