/** TLS through a proxy: `CONNECT`, then the handshake with the server itself. */
import { request as httpRequest } from "node:http";
import { Agent, type AgentOptions, request as httpsRequest } from "node:https";
import { isIPv6 } from "node:net";
import { connect } from "node:tls";
import type { Duplex } from "node:stream";
import { HttpFailure } from "./failure.ts";
import { proxyAuthorization } from "./proxy.ts";

type Created = (error: Error | null, stream: Duplex) => void;

/** An agent whose connections go through the proxy. */
export function tunnelAgent(proxy: URL, options: AgentOptions): Agent {
  const agent = new Agent(options);
  agent.createConnection = (target, callback) => {
    const host = isIPv6(target.host ?? "") ? `[${target.host}]` : target.host;
    openTunnel(proxy, `${host}:${target.port}`).then((socket) => {
      const secure = connect({ ...target, socket, path: undefined, lookup: undefined } as never);
      secure.once("secureConnect", () => callback?.(null, secure));
      secure.once("error", (error) => (callback as Created | undefined)?.(error, secure));
    }, (error) => callback?.(error, undefined as never));
    return undefined;
  };
  return agent;
}

function openTunnel(proxy: URL, target: string): Promise<Duplex> {
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
    asked.on("connect", ({ statusCode = 0 }, socket) => {
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(
        new HttpFailure("REFUSED", `the proxy ${proxy.host} answers ${statusCode} for ${target}`, {
          hint: statusCode === 407 ? "put user:password@ into the proxy's URL" : undefined,
        }),
      );
    });
    asked.on("error", (cause) => {
      reject(
        new HttpFailure("NETWORK", `cannot reach the proxy ${proxy.host}: ${cause.message}`, {
          cause,
        }),
      );
    });
    asked.end();
  });
}
