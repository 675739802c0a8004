/** The log around the registry, the pages beside it, and the check of who may come in. */
import {
  type Around,
  type CallRecord,
  createCallWatcher,
  createJoinedAround,
  createPage,
  createRegistryMetrics,
  METRICS_TYPE,
  type ServedRegistry,
} from "../../../serve/mod.ts";
import type { ServeFlags } from "./flags.ts";

/** Makes it, the log outermost: it has calls that are refused, too. */
export async function createAround(
  { htpasswd, writer }: ServeFlags,
  log: (record: CallRecord) => void,
  registry: () => ServedRegistry | undefined,
): Promise<Around> {
  const metrics = createRegistryMetrics();
  const watcher = createCallWatcher((record) => {
    metrics.add(record);
    log(record);
  });
  const health = createPage("/healthz", async () => ({
    status: 200,
    headers: { "content-type": "text/plain" },
    body: Buffer.from("ok\n"),
  }));
  const numbers = createPage("/metrics", async () => ({
    status: 200,
    headers: { "content-type": METRICS_TYPE },
    body: Buffer.from(metrics.format(await countNow(registry()))),
  }));
  if (htpasswd === undefined) return createJoinedAround([watcher, health, numbers]);
  const { createHtpasswdAuth } = await import("./htpasswd.ts");
  const auth = await createHtpasswdAuth(htpasswd, writer);
  return createJoinedAround([watcher, health, auth, numbers]);
}

async function countNow(registry: ServedRegistry | undefined) {
  const connections = await new Promise<number>((resolve) => {
    if (registry === undefined) return resolve(0);
    registry.server.getConnections((error, count) => resolve(error ? 0 : count));
  });
  return { uploads: registry?.countUploads() ?? 0, connections };
}
