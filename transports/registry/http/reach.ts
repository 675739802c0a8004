/** The ways to a server: directly or through a proxy, with kept connections, under guard or not. */
import { isIP } from "node:net";
import type { Agent } from "undici";
import type { Lane, Reach } from "../../lib/http/exchange.ts";
import type { Connector } from "../../lib/http/informational.ts";
import type { World } from "../world.ts";
import {
  checkAddress,
  createGuardedLookup,
  type Neighbourhood,
  neighbourhoodOf,
} from "./addresses.ts";
import { openTunnel, toConnector } from "./connect.ts";
import { createLane } from "./lane/lane.ts";
import { networkError } from "./network-error.ts";
import { findProxy, proxyAuthorizationOf } from "./proxy.ts";
import { createSockets, type OpenSocket, type SocketOptions, type Sockets } from "./sockets.ts";
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
 * @param options.signal closes all connections.
 * @param options.minRate the least that has to come of a body, in bytes a second.
 * @param options.takesLane whether the lane for bodies is taken where it can be; yes by default.
 */
export function createReaches(
  registry: URL,
  trust: Trust,
  { env, patience }: World,
  { signal, minRate, takesLane = env[LANE_SWITCH] !== "off" }: {
    readonly signal?: AbortSignal | undefined;
    readonly minRate?: number | undefined;
    readonly takesLane?: boolean | undefined;
  } = {},
): Reaches {
  const ways = new Map<string, Promise<ServerWay>>();
  const sockets = createSockets(patience);
  let registryIs: Neighbourhood = "public";
  let generation = 0;

  const learn = (name: string, address: string | undefined): void => {
    if (name === bareHostOf(registry) && address !== undefined) {
      registryIs = neighbourhoodOf(address);
    }
  };
  const close = (): void => {
    signal?.removeEventListener("abort", close);
    for (const way of ways.values()) way.then((one) => one.close(), () => {});
    sockets.close();
  };
  const wayTo = (
    url: URL,
    proxy: URL | undefined,
    from: Neighbourhood | undefined,
  ): Promise<ServerWay> => {
    const isSecure = url.protocol === "https:";
    const toRegistry = url.host === registry.host;
    const key = [isSecure, toRegistry, proxy, from, generation].join();
    const options = { isSecure, toRegistry, proxy, from, learn };
    const way = ways.get(key) ?? openWay(options, sockets, trust, patience);
    ways.set(key, way);
    way.catch(() => ways.delete(key));
    return way;
  };
  // To look into the environment takes longer than all else that a request needs.
  const proxies = new Map<string, URL | undefined>();
  const proxyTo = (origin: URL): URL | undefined => {
    if (!proxies.has(origin.origin)) proxies.set(origin.origin, findProxy(origin, env));
    return proxies.get(origin.origin);
  };
  signal?.addEventListener("abort", close);
  return {
    isProxied: (url) => proxyTo(url) !== undefined,
    // What is under way goes on.
    renew: () => void generation++,
    close,
    async to(url, isGuarded) {
      const origin = new URL(url.origin);
      const proxy = proxyTo(origin);
      const from = isGuarded ? registryIs : undefined;
      const host = bareHostOf(origin);
      if (from && isIP(host) !== 0) checkAddress(from, host, url.host);
      const { dispatcher, laneTo } = await wayTo(origin, proxy, from);
      const explain = (error: unknown) => networkError(error, url.host);
      const path = url.pathname + url.search;
      const common = { dispatcher, patience, minRate, explain };
      if (proxy && url.protocol === "http:") { // the proxy gets the whole URL
        const target = { origin: proxy.origin, path: url.origin + path };
        const headers = { host: url.host, ...proxyAuthorizationOf(proxy) };
        return { ...common, target, headers };
      }
      const lane = proxy || !takesLane ? undefined : laneTo(origin);
      return { ...common, lane, target: { origin: url.origin, path } };
    },
  };
}

/** The environment variable that sends all requests the ordinary way when it is `off`. */
const LANE_SWITCH = "NIXOCI_LANE";

interface ConnectionWay {
  readonly isSecure: boolean;
  readonly toRegistry: boolean;
  readonly proxy: URL | undefined;
  /** The neighbourhood of the server that sends us; `undefined` when nobody does. */
  readonly from: Neighbourhood | undefined;
  readonly learn: NonNullable<SocketOptions["learn"]>;
}

/** Connections of one kind. */
interface ServerWay {
  dispatcher(): Promise<Agent>;
  laneTo(url: URL): Lane;
  close(): void;
}

async function openWay(
  way: ConnectionWay,
  sockets: Sockets,
  trust: Trust,
  patience: number,
): Promise<ServerWay> {
  const open = await chooseOpener(way, sockets, trust, patience);
  const lanes = new Map<string, Lane>();
  let agent: Promise<Agent> | undefined;
  return {
    dispatcher: () => agent ??= openAgent(toConnector(open)),
    laneTo(url) {
      const target = { protocol: url.protocol, hostname: bareHostOf(url), port: url.port };
      const lane = lanes.get(url.origin) ?? createLane((onread) => open(target, onread));
      lanes.set(url.origin, lane);
      return lane;
    },
    close: () => void agent?.then((one) => one.destroy(), () => {}),
  };
}

/** undici waits until it is needed: it takes its time to load. */
async function openAgent(connect: Connector): Promise<Agent> {
  const { Agent } = await import("undici");
  const limits = { keepAliveTimeout: KEPT, maxHeaderSize: MAX_HEADERS };
  return new Agent({ connect, allowH2: false, ...limits });
}

async function chooseOpener(
  { isSecure, toRegistry, proxy, from, learn }: ConnectionWay,
  { opener }: Sockets,
  trust: Trust,
  patience: number,
): Promise<OpenSocket> {
  const tls = isSecure ? await trust.options(toRegistry) : {};
  if (!proxy) {
    return opener(from ? { ...tls, lookup: createGuardedLookup(from) } : { ...tls, learn });
  }
  const toProxy = opener(proxy.protocol === "https:" ? await trust.options(false) : {});
  return isSecure ? openTunnel(proxy, toProxy, opener(tls), patience) : toProxy;
}

function bareHostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}
