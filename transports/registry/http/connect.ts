/** Connections for undici: over our own sockets, direct or through a proxy's tunnel. */
import { isIPv6, type Socket } from "node:net";
import { acceptContinue, type Connector } from "../../lib/http/informational.ts";
import { HttpFailure } from "./failure.ts";
import { proxyAuthorizationOf } from "./proxy.ts";
import type { OpenSocket } from "./sockets.ts";

/** Makes undici's kind of a connector. */
export function toConnector(open: OpenSocket): Connector {
  return acceptContinue((target, callback) => {
    open(target).then(
      (socket) => callback(null, socket),
      (error) => callback(error, null),
    );
  });
}

/**
 * Connects to the proxy, has it connect to the server, and shakes hands with that.
 * @param patience how long the proxy may take, in milliseconds.
 */
export function openTunnel(
  proxy: URL,
  toProxy: OpenSocket,
  secure: OpenSocket,
  patience: number,
): OpenSocket {
  return async (target) => {
    const { hostname, port } = target;
    const authority = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port || 443}`;
    return await secure({
      ...target,
      httpSocket: await askProxy(proxy, authority, toProxy, patience),
    });
  };
}

async function askProxy(
  proxy: URL,
  authority: string,
  toProxy: OpenSocket,
  patience: number,
): Promise<Socket> {
  const { Client } = await import("undici");
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const client = new Client(proxy.origin, {
    connect: toConnector(toProxy),
    headersTimeout: patience,
  });
  client.dispatch({
    method: "CONNECT",
    path: authority,
    headers: { host: authority, ...proxyAuthorizationOf(proxy) },
  }, {
    onRequestStart() {},
    onRequestUpgrade(_, status, __, socket) {
      if (status >= 200 && status < 300) return resolve(socket as Socket);
      socket.destroy();
      reject(proxyError(proxy, status, authority));
    },
    onResponseError(_, cause) {
      const message = `cannot reach the proxy ${proxy.host}: ${cause.message}`;
      reject(new HttpFailure("NETWORK", message, { cause }));
    },
  });
  return await promise;
}

function proxyError(proxy: URL, status: number, authority: string): HttpFailure {
  return new HttpFailure("REFUSED", `the proxy ${proxy.host} answers ${status} for ${authority}`, {
    hint: status === 407 ? "put user:password@ into the proxy's URL" : undefined,
  });
}
