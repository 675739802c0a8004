/** A containerd of a test's own, and its client. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { startGuarded } from "./guarded.ts";
import { peers } from "./peers.ts";

/** A containerd that runs. */
export interface Containerd {
  /** Runs `ctr` with these words; returns what it prints. */
  ctr(...words: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts containerd with all its files in a folder, which is made; it answers when this resolves. */
export async function startContainerd(folder: string): Promise<Containerd> {
  await mkdir(folder, { recursive: true });
  const [config, socket] = [join(folder, "config.toml"), join(folder, "c.sock")];
  await writeFile(
    config,
    `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${socket}"
[ttrpc]
  address = "${folder}/t.sock"
`,
  );
  const server = await startGuarded(["containerd", "--config", config], {
    folder,
    env: peers.env,
    ready: (log) => log.includes("successfully booted"),
  });
  return {
    ctr: (...words) => run(["ctr", "--address", socket, ...words], peers),
    stop: () => server.stop(),
  };
}
