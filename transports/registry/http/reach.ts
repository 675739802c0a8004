/** How to get to a server: directly or through a proxy, with kept connections, under guard or not. */
import type { Agent } from "node:http";
import { isIP } from "node:net";
import type { World } from "../world.ts";
import { checkAddress, guardedLookup, type Neighbourhood } from "./addresses.ts";
import type { Reach } from "./exchange.ts";
import { proxyAuthorization, proxyFor } from "./proxy.ts";
import { http, https } from "./modules.ts";
import type { Trust } from "./trust.ts";

export interface Reaches {
  /**
   * The way to the URL.
   * @param from refuses addresses that a server with such an address may not send us to.
   * @throws NixociError `UNSAFE` when the URL's host is such an address.
   */
  to(url: URL, from?: Neighbourhood): Promise<Reach>;
  /** Whether the URL is reached through a proxy. */
  isProxied(url: URL): boolean;
  /** Makes new connections from now on: trust has changed. */
  renew(): void;
  /** Closes all connections at once. */
  close(): void;
}

/**
 * @param host the registry's own, with its port: nobody else sees the client's certificate.
 * @param signal ends connections that are being made through a proxy.
 */
export function reaches(
  host: string,
  trust: Trust,
  { env, patience }: World,
  signal?: AbortSignal,
): Reaches {
  const agents = new Map<string, Promise<Agent>>();
  let generation = 0;
  const kept = (key: string, make: () => Promise<Agent>): Promise<Agent> => {
    const agent = agents.get(key) ?? make();
    agents.set(key, agent);
    agent.catch(() => agents.delete(key));
    return agent;
  };
  const secureAgent = async (toRegistry: boolean, proxy: URL | undefined): Promise<Agent> => {
    const options = { keepAlive: true, ...await trust.options(toRegistry) };
    if (proxy) {
      const { tunnelAgent } = await import("./tunnel.ts");
      return tunnelAgent(proxy, options, { patience, signal });
    }
    return new (https()).Agent(options);
  };
  const plainAgent = async (): Promise<Agent> => new (http()).Agent({ keepAlive: true });
  return {
    isProxied: (url) => proxyFor(url, env) !== undefined,
    // What is under way goes on.
    renew: () => void generation++,
    close() {
      for (const agent of agents.values()) agent.then((one) => one.destroy(), () => {});
    },
    async to(url, from) {
      const proxy = proxyFor(url, env);
      const bare = url.hostname.replace(/^\[|\]$/g, "");
      if (from !== undefined && isIP(bare) !== 0) checkAddress(from, bare, url.host);
      const isSecure = url.protocol === "https:";
      const toRegistry = isSecure && url.host === host;
      const overTls = isSecure || proxy?.protocol === "https:";
      const key = [isSecure, proxy, toRegistry, from, generation].join();
      const agent = await kept(
        key,
        () => overTls ? secureAgent(toRegistry, isSecure ? proxy : undefined) : plainAgent(),
      );
      const path = url.pathname + url.search;
      if (proxy && !isSecure) return forwarded(proxy, url, agent);
      const guard = from !== undefined && !proxy ? { lookup: guardedLookup(from) } : {};
      const port = url.port || (isSecure ? 443 : 80);
      // The SNI name must be no address; node:https leaves it out for those.
      return { isSecure, options: { agent, host: bare, port, path, ...guard } };
    },
  };
}

/** Plain HTTP through a proxy: the proxy gets the whole URL. */
function forwarded(proxy: URL, url: URL, agent: Agent): Reach {
  const headers = { host: url.host, ...proxyAuthorization(proxy) };
  return {
    isSecure: proxy.protocol === "https:",
    options: {
      agent,
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
      path: `${url.origin}${url.pathname}${url.search}`,
      headers,
    },
  };
}
