/** How to get to a server: directly or through a proxy, with kept connections, under guard or not. */
import { isIP } from "node:net";
import type { Agent } from "undici";
import type { Reach } from "../../lib/http/exchange.ts";
import type { World } from "../world.ts";
import { checkAddress, guardedLookup, type Neighbourhood, neighbourhood } from "./addresses.ts";
import { type ConnectOptions, type Connector, type Connectors, connectors } from "./connect.ts";
import { networkFailure } from "./failure.ts";
import { proxyAuthorization, proxyFor } from "./proxy.ts";
import type { Trust } from "./trust.ts";

export interface Reaches {
  /**
   * The way to the URL.
   * @param isGuarded refuses addresses that are closer to us than the registry is.
   * @throws NixociError `UNSAFE` when the URL's host is such an address.
   */
  to(url: URL, isGuarded: boolean): Promise<Reach>;
  /** Whether the URL is reached through a proxy. */
  isProxied(url: URL): boolean;
  /** Makes new connections from now on: trust has changed. */
  renew(): void;
  /** Closes all connections at once. */
  close(): void;
}

/** How long a connection is kept that nobody uses, in milliseconds, unless the server says. */
const KEPT = 60_000;

/**
 * @param registry its own URL: nobody else sees the client's certificate.
 * @param signal closes all connections.
 */
export function reaches(
  registry: URL,
  trust: Trust,
  { env, patience }: World,
  signal?: AbortSignal,
): Reaches {
  const agents = new Map<string, Promise<Agent>>();
  let loaded: ReturnType<typeof load> | undefined;
  let registryIs: Neighbourhood = "public";
  let generation = 0;

  const learn = (name: string, address: string | undefined): void => {
    if (name === bare(registry) && address !== undefined) registryIs = neighbourhood(address);
  };
  const agentFor = async (way: Way): Promise<Agent> => {
    const undici = await (loaded ??= load(patience));
    const connect = await connectorFor(way, undici, trust);
    return new undici.Agent({ connect, allowH2: false, keepAliveTimeout: KEPT });
  };
  const close = (): void => {
    signal?.removeEventListener("abort", close);
    for (const agent of agents.values()) agent.then((one) => one.destroy(), () => {});
    loaded?.then((one) => one.close(), () => {});
  };
  signal?.addEventListener("abort", close);
  return {
    isProxied: (url) => proxyFor(url, env) !== undefined,
    // What is under way goes on.
    renew: () => void generation++,
    close,
    async to(url, isGuarded) {
      const proxy = proxyFor(url, env);
      const from = isGuarded ? registryIs : undefined;
      const host = bare(url);
      if (from && isIP(host) !== 0) checkAddress(from, host, url.host);
      const isSecure = url.protocol === "https:";
      const toRegistry = url.host === registry.host;
      const key = [isSecure, toRegistry, proxy, from, generation].join();
      const agent = agents.get(key) ?? agentFor({ isSecure, toRegistry, proxy, from, learn });
      agents.set(key, agent);
      agent.catch(() => agents.delete(key));
      const dispatcher = await agent;
      const explain = (error: unknown) => networkFailure(error, url.host);
      return { dispatcher, patience, explain, ...wayTo(url, proxy) };
    },
  };
}

interface Way {
  readonly isSecure: boolean;
  readonly toRegistry: boolean;
  readonly proxy: URL | undefined;
  /** Where the server is that sends us; `undefined` when nobody does. */
  readonly from: Neighbourhood | undefined;
  readonly learn: NonNullable<ConnectOptions["learn"]>;
}

async function connectorFor(
  { isSecure, toRegistry, proxy, from, learn }: Way,
  { direct, tunnel }: Connectors,
  trust: Trust,
): Promise<Connector> {
  const tls = isSecure ? await trust.options(toRegistry) : {};
  if (!proxy) return direct(from ? { ...tls, lookup: guardedLookup(from) } : { ...tls, learn });
  const connect = direct(proxy.protocol === "https:" ? await trust.options(false) : {});
  // The name is the proxy's, not that of the server which it is asked for.
  const toProxy: Connector = ({ servername: _, ...target }, done) => connect(target, done);
  return isSecure ? tunnel(proxy, toProxy, direct(tls)) : toProxy;
}

async function load(patience: number): Promise<typeof import("undici") & Connectors> {
  const undici = await import("undici");
  return { ...undici, ...connectors(undici, patience) };
}

function bare({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** Plain HTTP through a proxy: the proxy gets the whole URL. */
function wayTo(url: URL, proxy: URL | undefined): Pick<Reach, "target" | "headers"> {
  const { origin, pathname, search, host } = url;
  const path = pathname + search;
  if (!proxy || url.protocol === "https:") return { target: { origin, path } };
  return {
    target: { origin: proxy.origin, path: origin + path },
    headers: { host, ...proxyAuthorization(proxy) },
  };
}
