/** Docker's and Podman's engines, each with its own storage and socket. */
import { request } from "node:http";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Guarded, startGuarded } from "./guarded.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Engine extends Guarded {
  /** `unix:///path`, as `--host` and `DOCKER_HOST` take it. */
  readonly host: string;
}

/** dockerd without a network: it imports, builds and runs with `--network none`. */
export async function startDocker(
  folder: string,
  env: Environment,
  ...more: readonly string[]
): Promise<Engine> {
  const socket = join(folder, "socket");
  // deno-fmt-ignore
  return await startEngine(["dockerd", "--host", `unix://${socket}`,
    "--data-root", join(folder, "root"), "--exec-root", join(folder, "exec"),
    "--pidfile", join(folder, "pid"), "--bridge", "none", "--iptables=false", "--ip6tables=false",
    ...more,
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

/** Who has an engine alone: a name in every /etc/passwd, and its ID. */
export interface Person {
  readonly name: string;
  readonly uid: number;
}

/**
 * Podman's service of somebody who is not root, as people have it. It runs in namespaces of its own:
 * nothing outlives it, and its person has subordinate IDs there alone.
 */
export async function startOwnPodman(
  folder: string,
  env: Environment,
  { name, uid }: Person,
): Promise<Engine> {
  const home = join(folder, "home");
  const settings = join(home, ".config/containers");
  for (const path of [settings, join(folder, "run"), join(folder, "tmp")]) {
    await mkdir(path, { recursive: true });
  }
  const policy = { default: [{ type: "insecureAcceptAnything" }] };
  await writeFile(join(settings, "policy.json"), JSON.stringify(policy));
  await writeFile(join(settings, "storage.conf"), `[storage]\ndriver = "vfs"\n`);
  // Limits and control groups as every machine lets people have them.
  await writeFile(
    join(settings, "containers.conf"),
    `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
`,
  );
  const socket = join(folder, "run/socket");
  // The first process of the namespaces stays root's: a change of users would undo its end with ours.
  const inside = `set -eu; cd "$1"
    mkdir etc work
    mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/work" /etc
    echo "$2:100000:65536" > /etc/subuid; echo "$2:100000:65536" > /etc/subgid
    chown -R "$3:$3" home run tmp; chmod 700 run; cd home
    setpriv --reuid "$3" --regid "$3" --clear-groups env HOME="$1/home" XDG_RUNTIME_DIR="$1/run" \\
      TMPDIR="$1/tmp" podman system service --time=0 "unix://$4" & wait`;
  const outside = `trap 'kill -KILL "$child"' TERM
    unshare --mount --pid --fork --kill-child --mount-proc sh -c "$@" & child=$!; wait`;
  const words = ["sh", "-c", outside, "sh", inside, "sh", folder, name, String(uid), socket];
  return await startEngine(words, folder, { ...env, CONTAINERS_STORAGE_CONF: undefined }, socket);
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
