/** The work of `nixoci serve`: starts the registry, waits for a signal, stops it. */
import { once } from "node:events";
import process from "node:process";
import { isLoopback } from "../../../../transports/registry/http/addresses.ts";
import type { TransportOptions } from "../../../../transports/mod.ts";
import { NixociError, reasonOf } from "../../../base/errors.ts";
import { type CallRecord, type ServedRegistry, serveRegistry } from "../../../serve/mod.ts";
import { parseDuration } from "../../../sync/config/values.ts";
import type { GlobalFlags } from "../../kit/command.ts";
import { setInterruptGrace } from "../../kit/interrupt.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { readListenAddress } from "../../reference/address.ts";
import { createAround } from "./around.ts";
import type { CacheWords } from "./cache.ts";
import type { ServeFlags } from "./flags.ts";
import { checkLayoutsFolder } from "./layouts.ts";
import { formatCallJson, formatCallLine } from "./log.ts";
import { hostOf, isWholeRegistry, type NamedSource, readNamedSources } from "./names.ts";
import { createNixPages } from "./nix-cache.ts";
import { readBytes } from "./size.ts";
import { checkSources, createServedStorage, type ServedStorage } from "./storage.ts";
import { readTls } from "./tls.ts";

const MINUTE = 60_000;

// Until what is under way has been broken off, and files are closed.
const LAST_MOMENTS = 2_000;

/** Serves until a signal comes. */
export async function serveUntilStopped(
  words: readonly string[],
  flags: ServeFlags & GlobalFlags,
  io: Io,
): Promise<void> {
  const grace = parseDuration(flags.grace, "--grace");
  const storage = await openStorage(words, flags, io);
  try {
    const registry = await openRegistry(storage, flags, io);
    setInterruptGrace(grace + LAST_MOMENTS);
    const repositories = [...await storage.listRepositories()].sort();
    const { host, url } = registry;
    const registries = storage.registries.map((one) => ({
      registry: `${one.host}/${one.path}`,
      name: one.repository,
    }));
    const named = [...registries.map(describeRegistry), ...repositories];
    io.print({ url, host, writable: flags.write ?? false, repositories, registries }, () => [
      `serving ${describeNames(named)} at ${url}${flags.write ? "" : ", read-only"}`,
    ]);
    if (!io.signal.aborted) await once(io.signal, "abort");
    io.notice("stopping");
    await registry.stop({ grace });
  } finally {
    await storage[Symbol.asyncDispose]();
  }
}

async function openStorage(
  words: readonly string[],
  { layouts, write, cache, ...flags }: ServeFlags,
  io: Io,
): Promise<ServedStorage> {
  if (words.length === 0 && layouts === undefined) {
    throw new NixociError("USAGE", "Nothing says what to serve", {
      hint: "name a SOURCE, such as oci-dir:images, or give --layouts FOLDER",
    });
  }
  const sources = readNamedSources(words);
  if (cache === undefined && sources.some(isWholeRegistry)) {
    throw new NixociError("USAGE", "A whole registry is served through a cache only", {
      hint: "say where it is kept: --cache FOLDER",
    });
  }
  for (const folder of [layouts, cache]) {
    if (folder !== undefined) await checkLayoutsFolder(folder);
  }
  const how = {
    sources,
    layouts,
    isWritable: write ?? false,
    cache: cache === undefined ? undefined : { folder: cache, ...readCacheFlags(flags) },
  };
  await checkSources(how);
  // It goes on when it is interrupted: what is being read is to be sent.
  const signal = new AbortController().signal;
  const options = readSideOptions(io.access, { signal, notice: io.notice });
  refuseSharedSecret(sources, options);
  return createServedStorage(how, options);
}

function readCacheFlags(
  { "tag-ttl": tagTtl, "cache-size": size }: Pick<ServeFlags, "tag-ttl" | "cache-size">,
): Omit<CacheWords, "folder"> {
  const bytes = size === undefined ? undefined : readBytes(size, "--cache-size");
  if (bytes === 0) {
    throw new NixociError("USAGE", "--cache-size: a cache of no bytes keeps nothing", {
      hint: "leave it out for one of any size",
    });
  }
  return { tagTtl: parseDuration(tagTtl, "--tag-ttl"), bytes };
}

async function openRegistry(
  storage: ServedStorage,
  flags: ServeFlags & GlobalFlags,
  io: Io,
): Promise<ServedRegistry> {
  const address = readListenAddress(flags.listen);
  refuseExposed(address.host, flags);
  const tls = await readTls(flags);
  const how: { registry?: ServedRegistry } = {};
  const around = await createAround(flags, {
    log: createLog(flags),
    registry: () => how.registry,
    storage,
    nixCache: flags["nix-cache"]
      ? await createNixPages(flags, storage, io.access.store, io.notice)
      : undefined,
  });
  how.registry = await serveRegistry(storage, {
    ...address,
    ...(tls && { tls }),
    around,
    connections: flags.connections,
    silence: parseDuration(flags.silence, "--silence"),
    clientRate: { rate: readBytes(flags["slowest-client"], "--slowest-client"), window: MINUTE },
    limits: { uploads: flags.uploads, blob: readBytes(flags["largest-blob"], "--largest-blob") },
    onError: (error, { method, url }) => io.notice(`${method} ${url.pathname}: ${reasonOf(error)}`),
  });
  return how.registry;
}

/** Makes what is called for each call; a line is one write, so that lines stay whole. */
function createLog({ log, quiet }: ServeFlags & GlobalFlags): (record: CallRecord) => void {
  const format = log ?? (quiet ? "none" : "text");
  if (format === "none") return () => {};
  const formatRecord = format === "json" ? formatCallJson : formatCallLine;
  return (record) => void process.stderr.write(formatRecord(record) + "\n");
}

/** Refuses to be open to a network by mistake. */
function refuseExposed(host: string, flags: ServeFlags): void {
  if (isLoopback(host) || flags["trust-network"]) return;
  const lacks = [
    ...flags["tls-cert"] === undefined ? ["--tls-cert and --tls-key"] : [],
    ...flags.htpasswd === undefined && flags["token-realm"] === undefined ? ["--htpasswd"] : [],
  ];
  if (lacks.length === 0) return;
  throw new NixociError("USAGE", `Others reach ${host}, and there is no ${lacks.join(", no ")}`, {
    hint: "give them, or --trust-network where something in front of it sees to that",
  });
}

/** Refuses to show one registry's credentials to another. */
function refuseSharedSecret(
  sources: readonly NamedSource[],
  { registry: { creds, token } = {} }: TransportOptions,
): void {
  const [one, other] = new Set(sources.flatMap((source) => hostOf(source) ?? []));
  if (other === undefined || (creds ?? token) === undefined) return;
  throw new NixociError("USAGE", `both ${one} and ${other} would get the same credentials`, {
    hint: "nixoci login keeps those of each registry; --authfile names the file",
  });
}

function describeRegistry({ registry, name }: { registry: string; name: string }): string {
  return `all of ${registry.replace(/\/$/, "")}${name === "" ? "" : ` as ${name}`}`;
}

function describeNames(names: readonly string[]): string {
  if (names.length === 0) return "no repository yet";
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

const MOST_NAMED = 5;
