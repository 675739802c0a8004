/** The folders of services as s6 has them; the init copies them to where it can write. */
import type { MadeEntry } from "../../recipe/mod.ts";
import type { Service } from "../service.ts";

/**
 * Milliseconds that the program which follows a service's end may take. s6's own five seconds are few
 * for it on a busy machine, and a service whose end nobody has judged would start again.
 */
const FINISH_TIME = 30_000;

/** The facts about a service that follow from the others. */
export interface FolderOptions {
  /** Milliseconds until it is killed. */
  readonly stopTimeout: number;
  /** It is not started before somebody says so. */
  readonly waits: boolean;
}

/**
 * Makes the folder of a service for s6. Its programs are links into the tree, since s6's folder may
 * be where no program can be run.
 * @see https://skarnet.org/software/s6/servicedir.html
 */
export function makeServiceFolder(
  scan: string,
  service: Service,
  { stopTimeout, waits }: FolderOptions,
): MadeEntry[] {
  const { name, killMode = "group", stopSignal, readiness } = service;
  const folder = `${scan}/${name}`;
  const file = (path: string, content = ""): MadeEntry => ({
    type: "file",
    path: `${folder}/${path}`,
    content,
  });
  const link = (path: string, target: string): MadeEntry => ({
    type: "symlink",
    path: `${folder}/${path}`,
    target,
  });
  const hasLog = service.logger !== undefined || service.prefix === true;
  return [
    { type: "directory", path: folder },
    link("run", "../.tree/run"),
    link("finish", "../.tree/finish"),
    ...(waits ? [file("down")] : []),
    // The commands that stop it have the first half.
    file("timeout-kill", `${service.stop?.length ? Math.ceil(stopTimeout / 2) : stopTimeout}\n`),
    file("timeout-finish", `${FINISH_TIME}\n`),
    ...(stopSignal === undefined ? [] : [file("down-signal", `${stopSignal}\n`)]),
    ...(readiness?.kind === "fd" ? [file("notification-fd", `${readiness.fd}\n`)] : []),
    ...(killMode === "group" || killMode === "mixed" ? [file("flag-timeout-killpg")] : []),
    ...(hasLog
      ? [
        { type: "directory", path: `${folder}/log` } as const,
        link("log/run", "../../.tree/log"),
        link("log/finish", "../../.tree/log-end"),
      ]
      : []),
  ];
}
