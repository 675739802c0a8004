/** Says what services ask of the init that there is no program for. */
import type { Notice } from "../../base/notices.ts";
import { listCommands, type Service } from "../service.ts";
import type { InitTools, RunsOn } from "./tools.ts";

/** Lists what is told of services: nobody hears that they are ready, or no name can be given. */
export function listLacking(
  services: readonly Service[],
  { hears, bash, nice }: InitTools,
  runsOn: RunsOn,
): Notice[] {
  return services.flatMap((service) => {
    const notices: string[] = [];
    if (service.readiness?.kind === "notify" && !hears) {
      notices.push(`it counts as ready when it has started, for ${runsOn} has no s6-socklog`);
    }
    if (service.nice !== undefined && nice === undefined) {
      notices.push(`its niceness is not set, for ${runsOn} has no program nice`);
    }
    const named = listCommands(service).find(({ command }) => command.argv0 !== undefined);
    if (named !== undefined && bash === undefined) {
      notices.push(
        `its program is called by its own name and not ${named.command.argv0}, for ${runsOn} has no bash`,
      );
    }
    return notices.map((message) => ({
      code: "SERVICE" as const,
      message: `${service.origin}: ${message}`,
    }));
  });
}
