/** Limits in the definition of a service. */
import type { ResourceLimit, Service } from "../../service.ts";
import { formatFunction } from "./commands.ts";

/** The letters of s6-softlimit, by the names of setrlimit. */
export const LIMIT_LETTERS: Readonly<Record<string, string>> = {
  as: "a",
  core: "c",
  cpu: "t",
  data: "d",
  fsize: "f",
  memlock: "l",
  nofile: "o",
  nproc: "p",
  rss: "r",
  stack: "s",
};

/** Writes limits of resources, niceness and umask. */
export function formatServiceLimits({ limits = {}, nice, umask }: Service): string[] {
  const words = Object.entries(limits).flatMap(([name, limit]) => formatLimit(name, limit));
  return [
    ...(words.length > 0 ? formatFunction("set_limits", words) : []),
    ...(nice === undefined ? [] : [`_nice=${nice}`]),
    ...(umask === undefined ? [] : [`_umask=${umask.toString(8).padStart(4, "0")}`]),
  ];
}

function formatLimit(name: string, { soft, hard }: ResourceLimit): string[] {
  const letter = LIMIT_LETTERS[name];
  // "=" is the hard limit as it is, which is none in most containers.
  const wordOf = (limit: number | "infinity") => limit === "infinity" ? "=" : limit;
  return letter === undefined ? [] : [`limit ${name} ${letter} ${wordOf(soft)} ${wordOf(hard)}`];
}
