/** TLS through a proxy: `CONNECT`, then the handshake with the server itself. */
import { request as httpRequest } from "node:http";
import { Agent, type AgentOptions, request as httpsRequest } from "node:https";
import { isIPv6 } from "node:net";
import type { Duplex } from "node:stream";
import { connect, type ConnectionOptions } from "node:tls";
import { stalled } from "./body.ts";
import { HttpFailure } from "./failure.ts";
import { proxyAuthorization } from "./proxy.ts";

export interface TunnelLimits {
  /** How long `CONNECT`, and then the handshake, may take, in milliseconds. */
  readonly patience: number;
  /** Ends what is under way. */
  readonly signal?: AbortSignal | undefined;
}

/** An agent whose connections go through the proxy. */
export function tunnelAgent(
  proxy: URL,
  options: AgentOptions,
  { patience, signal }: TunnelLimits,
): Agent {
  const agent = new Agent(options);
  // An agent knows no connections that are still being made, and so does not destroy them.
  const closing = new AbortController();
  const limits = {
    patience,
    signal: signal ? AbortSignal.any([signal, closing.signal]) : closing.signal,
  };
  const destroy = agent.destroy.bind(agent);
  agent.destroy = () => {
    closing.abort();
    destroy();
  };
  agent.createConnection = (target, callback) => {
    const host = isIPv6(target.host ?? "") ? `[${target.host}]` : target.host;
    const secured = async (): Promise<Duplex> => {
      const socket = await openTunnel(proxy, `${host}:${target.port}`, limits);
      const { path: _, lookup: __, ...rest } = target as ConnectionOptions;
      return await handshake({ ...rest, socket }, `${host}`, limits);
    };
    secured().then(
      (socket) => callback?.(null, socket),
      (error) => callback?.(error, undefined as never),
    );
    return undefined;
  };
  return agent;
}

interface Limits extends TunnelLimits {
  readonly signal: AbortSignal;
}

function openTunnel(proxy: URL, target: string, limits: Limits): Promise<Duplex> {
  const start = proxy.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked = start({
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...proxyAuthorization(proxy) },
      agent: false,
    });
    const settle = limited(asked, proxy.host, limits);
    asked.on("connect", ({ statusCode = 0 }, socket) => {
      settle();
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(
        new HttpFailure("REFUSED", `the proxy ${proxy.host} answers ${statusCode} for ${target}`, {
          hint: statusCode === 407 ? "put user:password@ into the proxy's URL" : undefined,
        }),
      );
    });
    asked.on("error", (cause) => {
      settle();
      reject(
        new HttpFailure("NETWORK", `cannot reach the proxy ${proxy.host}: ${cause.message}`, {
          cause,
        }),
      );
    });
    asked.end();
  });
}

function handshake(options: ConnectionOptions, host: string, limits: Limits): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const secure = connect(options);
    const settle = limited(secure, host, limits);
    secure.once("secureConnect", () => {
      settle();
      resolve(secure);
    });
    secure.once("error", (error) => {
      settle();
      reject(error);
    });
  });
}

/** Destroys the stream when it takes too long or is told to stop, unless it is settled before. */
function limited(
  stream: { destroy(error: Error): unknown },
  host: string,
  { patience, signal }: Limits,
): () => void {
  const stop = (): void => void stream.destroy(signal.reason);
  const timer = setTimeout(() => stream.destroy(stalled(host, patience)), patience);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  };
}
