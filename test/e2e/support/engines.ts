/** Docker's and Podman's engines, each with its own storage and socket. */
import { request } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { type Guarded, startGuarded } from "./guarded.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Engine extends Guarded {
  /** `unix:///path`, as `--host` and `DOCKER_HOST` take it. */
  readonly host: string;
}

/** dockerd without a network: it imports, builds and runs with `--network none`. */
export async function startDocker(folder: string, env: Environment): Promise<Engine> {
  const socket = join(folder, "socket");
  // deno-fmt-ignore
  return await startEngine(["dockerd", "--host", `unix://${socket}`,
    "--data-root", join(folder, "root"), "--exec-root", join(folder, "exec"),
    "--pidfile", join(folder, "pid"), "--bridge", "none", "--iptables=false", "--ip6tables=false",
  ], folder, env, socket);
}

/** Podman's service; its storage driver needs nothing of the machine. */
export async function startPodman(folder: string, env: Environment): Promise<Engine> {
  const socket = join(folder, "socket");
  // deno-fmt-ignore
  return await startEngine(["podman", "--root", join(folder, "root"),
    "--runroot", join(folder, "run"), "--tmpdir", join(folder, "tmp"), "--storage-driver", "vfs",
    "system", "service", "--time=0", `unix://${socket}`,
  ], folder, env, socket);
}

async function startEngine(
  command: string[],
  folder: string,
  env: Environment,
  socket: string,
): Promise<Engine> {
  const guarded = await startGuarded(command, { folder, env, ready: () => answers(socket) });
  return { ...guarded, host: `unix://${socket}` };
}

async function answers(socketPath: string): Promise<boolean> {
  const asking = request({ socketPath, path: "/_ping" }).end();
  const [response] = await once(asking, "response");
  response.resume();
  return response.statusCode === 200;
}
