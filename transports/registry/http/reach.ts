/** The ways to a server: directly or through a proxy, with kept connections, under guard or not. */
import { isIP } from "node:net";
import type { Agent } from "undici";
import type { Reach } from "../../lib/http/exchange.ts";
import type { Connector } from "../../lib/http/informational.ts";
import type { World } from "../world.ts";
import {
  checkAddress,
  createGuardedLookup,
  type Neighbourhood,
  neighbourhoodOf,
} from "./addresses.ts";
import { type ConnectOptions, type Connectors, createConnectors } from "./connect.ts";
import { networkError } from "./network-error.ts";
import { findProxy, proxyAuthorizationOf } from "./proxy.ts";
import type { Trust } from "./trust.ts";

export interface Reaches {
  /**
   * The way to the URL.
   * @param isGuarded refuses addresses that are closer to us than the registry is.
   * @throws NixociError `UNSAFE` when the URL's host is such an address.
   */
  to(url: URL, isGuarded: boolean): Promise<Reach>;
  /** Tells whether the URL is reached through a proxy. */
  isProxied(url: URL): boolean;
  /** Makes new connections from now on: trust has changed. */
  renew(): void;
  /** Closes all connections at once. */
  close(): void;
}

/** The time that an unused connection is kept, in milliseconds, unless the server says. */
const KEPT = 60_000;

/** The size of an answer's headers, in bytes: Node's own limit is too small for some CDNs' addresses. */
const MAX_HEADERS = 256 * 1024;

/**
 * @param registry its own URL: nobody else sees the client's certificate.
 * @param signal closes all connections.
 */
export function createReaches(
  registry: URL,
  trust: Trust,
  { env, patience }: World,
  signal?: AbortSignal,
): Reaches {
  const agents = new Map<string, Promise<Agent>>();
  let loaded: ReturnType<typeof loadUndici> | undefined;
  let registryIs: Neighbourhood = "public";
  let generation = 0;

  const learn = (name: string, address: string | undefined): void => {
    if (name === bareHostOf(registry) && address !== undefined) {
      registryIs = neighbourhoodOf(address);
    }
  };
  const agentFor = async (way: ConnectionWay): Promise<Agent> => {
    const undici = await (loaded ??= loadUndici(patience));
    const connect = await chooseConnector(way, undici, trust);
    const limits = { keepAliveTimeout: KEPT, maxHeaderSize: MAX_HEADERS };
    return new undici.Agent({ connect, allowH2: false, ...limits });
  };
  const close = (): void => {
    signal?.removeEventListener("abort", close);
    for (const agent of agents.values()) agent.then((one) => one.destroy(), () => {});
    loaded?.then((one) => one.close(), () => {});
  };
  signal?.addEventListener("abort", close);
  return {
    isProxied: (url) => findProxy(url, env) !== undefined,
    // What is under way goes on.
    renew: () => void generation++,
    close,
    async to(url, isGuarded) {
      const proxy = findProxy(url, env);
      const from = isGuarded ? registryIs : undefined;
      const host = bareHostOf(url);
      if (from && isIP(host) !== 0) checkAddress(from, host, url.host);
      const isSecure = url.protocol === "https:";
      const toRegistry = url.host === registry.host;
      const key = [isSecure, toRegistry, proxy, from, generation].join();
      const agent = agents.get(key) ?? agentFor({ isSecure, toRegistry, proxy, from, learn });
      agents.set(key, agent);
      agent.catch(() => agents.delete(key));
      const dispatcher = await agent;
      const explain = (error: unknown) => networkError(error, url.host);
      const path = url.pathname + url.search;
      if (!proxy || isSecure) {
        return { dispatcher, patience, explain, target: { origin: url.origin, path } };
      }
      // Plain HTTP: the proxy gets the whole URL.
      const target = { origin: proxy.origin, path: url.origin + path };
      const headers = { host: url.host, ...proxyAuthorizationOf(proxy) };
      return { dispatcher, patience, explain, target, headers };
    },
  };
}

interface ConnectionWay {
  readonly isSecure: boolean;
  readonly toRegistry: boolean;
  readonly proxy: URL | undefined;
  /** The neighbourhood of the server that sends us; `undefined` when nobody does. */
  readonly from: Neighbourhood | undefined;
  readonly learn: NonNullable<ConnectOptions["learn"]>;
}

async function chooseConnector(
  { isSecure, toRegistry, proxy, from, learn }: ConnectionWay,
  { direct, tunnel }: Connectors,
  trust: Trust,
): Promise<Connector> {
  const tls = isSecure ? await trust.options(toRegistry) : {};
  if (!proxy) {
    return direct(from ? { ...tls, lookup: createGuardedLookup(from) } : { ...tls, learn });
  }
  const connect = direct(proxy.protocol === "https:" ? await trust.options(false) : {});
  // The name is the proxy's, not that of the server which it is asked for.
  const toProxy: Connector = ({ servername: _, ...target }, done) => connect(target, done);
  return isSecure ? tunnel(proxy, toProxy, direct(tls)) : toProxy;
}

async function loadUndici(patience: number): Promise<typeof import("undici") & Connectors> {
  const undici = await import("undici");
  return { ...undici, ...createConnectors(undici, patience) };
}

function bareHostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}
