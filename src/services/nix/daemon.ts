/** The daemon of Nix as a service, for users who do not own the store. */
import type { Service } from "../service.ts";

/** The settings of the daemon. */
export interface DaemonOptions {
  /** Its program: the path, or a name that is looked up. */
  readonly program: string;
  readonly niceLevel: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly path: readonly string[];
}

/** Creates the service: it is ready when its socket is there. */
export function createNixDaemon(
  { program, niceLevel, environment, path }: DaemonOptions,
): Service {
  const word = (text: string) => [{ kind: "text", text } as const];
  return {
    name: "nix-daemon",
    origin: "nix.daemon",
    type: "long-run",
    start: [{ words: [word(program), word("--daemon")] }],
    environment,
    path,
    readiness: { kind: "file", path: "/nix/var/nix/daemon-socket/socket" },
    restart: { kind: "on-failure" },
    limits: { nofile: { soft: 1_048_576, hard: 1_048_576 } },
    ...(niceLevel !== undefined && { nice: niceLevel }),
  };
}
