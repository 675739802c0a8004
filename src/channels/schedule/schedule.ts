/** Jobs that run an update every hour, for the services that people have. */
import { NixociError } from "../../base/errors.ts";
import { makeGithubSchedule } from "./github.ts";
import { makeGitlabSchedule } from "./gitlab.ts";
import { makeKubernetesSchedule } from "./kubernetes.ts";
import type { ScheduledJob, ScheduleOptions } from "./options.ts";

/** The services, by their words. */
export const SERVICES = ["github", "gitlab", "kubernetes"] as const;

/** A service that runs jobs. */
export type ScheduleService = typeof SERVICES[number];

/** Words that neither shells nor YAML take for something else. */
const PLAIN = /^[\w./@][\w.@:/+-]*$/;

const MAKERS = {
  github: makeGithubSchedule,
  gitlab: makeGitlabSchedule,
  kubernetes: makeKubernetesSchedule,
};

/**
 * Makes the file of a service, and the list of what somebody has to do before it can run.
 * @throws NixociError `USAGE` for words that would mean something else in it.
 * @example
 * ```ts
 * import { makeSchedule } from "nixoci";
 * const options = { config: "channels.json", registry: "quay.io", specs: ["base.json"] };
 * const { text, needs } = makeSchedule("github", options);
 * console.log(text.includes("nixoci login quay.io"), needs.length); // true 4
 * ```
 */
export function makeSchedule(service: ScheduleService, options: ScheduleOptions): ScheduledJob {
  const { config, registry, runner, specs = [] } = options;
  for (const word of [config, registry, ...specs, ...runner === undefined ? [] : [runner]]) {
    if (PLAIN.test(word)) continue;
    throw new NixociError("USAGE", `${JSON.stringify(word)} cannot be in a job`, {
      hint: "take a name of letters, digits and . _ - /",
    });
  }
  return MAKERS[service](options);
}
