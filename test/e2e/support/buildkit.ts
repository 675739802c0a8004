/** A BuildKit of a test's own, and its client. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { startGuarded } from "./guarded.ts";
import { peers } from "./peers.ts";

/** A buildkitd that runs. */
export interface BuildKit {
  /** Runs `buildctl` with these words; returns what it prints. */
  buildctl(...words: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts buildkitd with all its files in a folder; it answers when this resolves. */
export async function startBuildKit(folder: string): Promise<BuildKit> {
  await mkdir(folder, { recursive: true });
  const [config, socket] = [join(folder, "buildkitd.toml"), `unix://${folder}/socket`];
  await writeFile(
    config,
    `root = "${folder}/root"
[grpc]
  address = ["${socket}"]
[worker.oci]
  snapshotter = "native"
[worker.containerd]
  enabled = false
`,
  );
  const buildctl = (...words: readonly string[]) =>
    run(["buildctl", "--addr", socket, ...words], peers);
  const server = await startGuarded(["buildkitd", "--config", config], {
    folder,
    env: peers.env,
    ready: async () => (await buildctl("debug", "workers")).includes("linux/"),
  });
  return { buildctl, stop: () => server.stop() };
}
