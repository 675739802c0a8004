/** The log around the registry, the pages beside it, and the check of who may come in. */
import { NixociError } from "../../../base/errors.ts";
import {
  type Around,
  type CallRecord,
  createCallWatcher,
  createJoinedAround,
  createMirrorAround,
  createPage,
  createRegistryMetrics,
  limitGuesses,
  METRICS_TYPE,
  type RegistryGauges,
  type ServedRegistry,
} from "../../../serve/mod.ts";
import { createMirrorFinder } from "./cache.ts";
import type { ServeFlags } from "./flags.ts";
import type { ServeUsers } from "./htpasswd.ts";
import type { ServedStorage } from "./storage.ts";

/** The things that calls are told to, counted for and led by. */
export interface AroundParts {
  readonly log: (record: CallRecord) => void;
  readonly registry: () => ServedRegistry | undefined;
  /** The registries that it stands for, and how full their cache is. */
  readonly storage: Pick<ServedStorage, "registries" | "cache">;
  /** The pages of a Nix cache, if it is one. */
  readonly nixCache: Around | undefined;
}

/** Makes it, the log outermost: it has calls that are refused, too. */
export async function createAround(
  flags: ServeFlags,
  { log, registry, storage, nixCache }: AroundParts,
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
    body: Buffer.from(metrics.format(await countNow(registry(), storage))),
  }));
  const { registries } = storage;
  const mirrors = registries.length === 0
    ? []
    : [createMirrorAround(createMirrorFinder(registries))];
  const auth = await createAuth(flags, () => registry()?.host ?? "");
  const pages = nixCache === undefined ? [numbers] : [numbers, nixCache];
  // Who may have a repository is asked once it is known which one is meant.
  return createJoinedAround([watcher, health, ...mirrors, ...auth, ...pages]);
}

/** Makes what asks who comes: nothing, for a password, for a token. */
async function createAuth(flags: ServeFlags, host: () => string): Promise<Around[]> {
  const { htpasswd, writer, tokens, "token-realm": realm } = flags;
  checkTokenFlags(flags);
  if (htpasswd === undefined && realm === undefined) return [];
  const { createUserAuth, readUsers } = await import("./htpasswd.ts");
  const read = htpasswd === undefined ? undefined : await readUsers(htpasswd, writer);
  const users = read && limitUsers(read, flags["wrong-passwords"]);
  if (users && !tokens) return [createUserAuth(users)];
  const { createBearerAuth } = await import("./tokens.ts");
  return await createBearerAuth(flags, users, host);
}

function limitUsers(users: ServeUsers, wrong: number): ServeUsers {
  return wrong === 0 ? users : { ...users, check: limitGuesses(users.check, { wrong }) };
}

/** Refuses flags of which some would let in more people than they seem to. */
function checkTokenFlags(flags: ServeFlags): void {
  const { htpasswd, tokens, "token-key": key, "token-realm": realm } = flags;
  if (tokens) return;
  if (key !== undefined && realm === undefined) {
    throw new NixociError("USAGE", "--token-key: nothing says who gives the tokens", {
      hint: "give --tokens with --htpasswd, or --token-realm for those of another service",
    });
  }
  if (htpasswd !== undefined && realm !== undefined) {
    throw new NixociError(
      "USAGE",
      "One of the passwords of --htpasswd and tokens of another service lets people in, not both",
      { hint: "add --tokens to give tokens for these passwords, or leave --htpasswd out" },
    );
  }
}

async function countNow(
  registry: ServedRegistry | undefined,
  { cache }: AroundParts["storage"],
): Promise<RegistryGauges> {
  const connections = await new Promise<number>((resolve) => {
    if (registry === undefined) return resolve(0);
    registry.server.getConnections((error, count) => resolve(error ? 0 : count));
  });
  return { uploads: registry?.countUploads() ?? 0, connections, ...(cache && { cache }) };
}
