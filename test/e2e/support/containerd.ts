/** A containerd of a test's own, and its clients. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { startGuarded } from "./guarded.ts";
import { peers } from "./peers.ts";

/** A containerd that runs. */
export interface Containerd {
  /** Runs `ctr` with these words; returns what it prints. */
  ctr(...words: readonly string[]): Promise<string>;
  /** Runs `crictl`, as a kubelet asks: where it has been told of registries. */
  crictl(...words: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Settings of containerd as the runtime of Kubernetes. */
export interface CriSettings {
  /** The folder of `hosts.toml` files. */
  readonly hosts: string;
  /** The image that holds a pod's namespaces. */
  readonly pause: string;
}

/** Starts containerd with all its files in a folder, which is made; it answers when this resolves. */
export async function startContainerd(folder: string, cri?: CriSettings): Promise<Containerd> {
  await mkdir(folder, { recursive: true });
  const [config, socket] = [join(folder, "config.toml"), join(folder, "c.sock")];
  await writeFile(
    config,
    `version = 2
root = "${folder}/root"
state = "${folder}/state"
${cri ? "" : `disabled_plugins = ["${CRI}"]`}
[grpc]
  address = "${socket}"
[ttrpc]
  address = "${folder}/t.sock"
${cri ? formatCri(folder, cri) : ""}`,
  );
  const server = await startGuarded(["containerd", "--config", config], {
    folder,
    env: peers.env,
    ready: (log) => log.includes("successfully booted"),
  });
  const crictl = (...words: readonly string[]) =>
    run(["crictl", "-r", `unix://${socket}`, "-i", `unix://${socket}`, ...words], peers);
  return {
    ctr: (...words) => run(["ctr", "--address", socket, ...words], peers),
    crictl,
    async stop() {
      if (cri) await crictl("rmp", "--all", "--force");
      await server.stop();
    },
  };
}

const CRI = "io.containerd.grpc.v1.cri";

/** Pods have the machine's own network: there are no plugins for another one. */
function formatCri(folder: string, { hosts, pause }: CriSettings): string {
  return `[plugins."${CRI}"]
  sandbox_image = "${pause}"
  restrict_oom_score_adj = true
[plugins."${CRI}".containerd]
  snapshotter = "native"
[plugins."${CRI}".cni]
  conf_dir = "${folder}/cni"
[plugins."${CRI}".registry]
  config_path = "${hosts}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
`;
}
