/** The facts that jobs are made of. */
import { createHash } from "node:crypto";

/** Whatever a job needs. */
export interface ScheduleOptions {
  /** The path of the channels' file in the repository. */
  readonly config: string;
  /** The files of SPECs that it names, relative to its folder. */
  readonly specs?: readonly string[];
  /** The registry that images go to, for logging in. */
  readonly registry: string;
  /** The container image that has nixoci in it, where the service runs jobs in one. */
  readonly runner?: string | undefined;
}

/** The file of a service, and what somebody has to do before it can run. */
export interface ScheduledJob {
  readonly text: string;
  readonly needs: readonly string[];
}

/** No image can be called so: it is seen where nobody has filled it in. */
export const NO_RUNNER = "FILL-IN";

/**
 * Chooses the minute of an hour: an odd one, for services drop jobs at the full hour, when all begin;
 * and not the same for everybody.
 */
export function chooseMinute({ config, registry }: ScheduleOptions): number {
  const [byte = 0] = createHash("sha256").update(`${registry} ${config}`).digest();
  return byte % 30 * 2 + 1;
}

/** Lists what the image of jobs has to be, for services that run them in one. */
export function listRunnerNeeds({ runner, specs = [] }: ScheduleOptions): string[] {
  const which = runner === undefined
    ? `fill in "image: ${NO_RUNNER}" (--runner)`
    : `have ${runner}`;
  const paths = specs.length === 0 ? "" : `, the store paths that ${specs.join(" and ")} names`;
  const has = `nixoci, util-linux, GNU tar${paths}, and the programs that the channels name`;
  return [
    `${which}: an image with ${has}, that runs as root`,
    "have jobs make namespaces (a seccomp profile that is unconfined), or builds are not tested",
  ];
}

/** Formats needs as the comment at the top of a file. */
export function formatNeeds(made: string, needs: readonly string[]): string {
  return [made, "Before its first run:", ...needs.map((need) => `- ${need}`)]
    .map((line) => `# ${line}\n`).join("");
}
