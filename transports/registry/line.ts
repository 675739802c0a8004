/** The line to a registry: what is spoken there, over connections that its sessions share. */
import { guessOrigin, originOf } from "./first-contact.ts";
import { type Client, type ClientFacts, createClient } from "./http/client.ts";
import { apiHostOf } from "./origin.ts";
import type { NamedHost } from "./endpoint.ts";
import type { World } from "./world.ts";

export interface LineOptions {
  readonly certDir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The least that has to come of a body, in bytes a second. */
  readonly minRate?: number | undefined;
}

export interface Line {
  readonly http: Client;
  /** With these others reach the same registry. */
  readonly facts: ClientFacts;
  /** `https://host`, or plain HTTP where that is allowed and is what is spoken. */
  origin(): Promise<URL>;
  /** Plain HTTP, as long as it is likely and not found out. */
  guess(): URL | undefined;
  /** Tells that what was found out may be wrong: the next who asks finds out anew. */
  doubt(): void;
  /** Closes it when nobody else uses it. */
  close(): void;
}

interface SharedLine {
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  readonly line: Line;
  users: number;
}

const shared = new WeakMap<World, SharedLine[]>();

/** A line of its own, or the one that a session with the same options has: a copy's other side. */
export function openLine(endpoint: NamedHost, options: LineOptions, world: World): Line {
  const { certDir, signal, minRate } = options;
  const key = JSON.stringify([endpoint.host.toLowerCase(), endpoint.tlsVerify, certDir, minRate]);
  const lines = shared.get(world) ?? [];
  shared.set(world, lines);
  const known = lines.find((one) => one.key === key && one.signal === signal);
  const entry = known ?? { key, signal, line: openNewLine(endpoint, options, world), users: 0 };
  if (!known) lines.push(entry);
  entry.users++;
  let isOpen = true;
  return {
    ...entry.line,
    close() {
      if (!isOpen) return;
      isOpen = false;
      if (--entry.users > 0) return;
      lines.splice(lines.indexOf(entry), 1);
      entry.line.close();
    },
  };
}

function openNewLine(
  endpoint: NamedHost,
  { certDir, signal, minRate }: LineOptions,
  world: World,
): Line {
  const name = endpoint.host.toLowerCase();
  const host = apiHostOf(name);
  const verify = endpoint.tlsVerify !== false;
  const facts = { host, names: [name, host], certDir, verify, minRate };
  const http = createClient({ ...facts, signal }, world);
  let found: Promise<URL> | undefined;
  let isKnown = false;
  return {
    http,
    facts,
    origin: () =>
      found ??= originOf(host, endpoint, http, world, signal).then((url) => {
        isKnown = true;
        return url;
      }, (error) => {
        found = undefined;
        throw error;
      }),
    guess: () => isKnown ? undefined : guessOrigin(host, endpoint, http),
    doubt: () => void (found = undefined),
    close: http.close,
  };
}
