/** Connections to servers, direct or through a proxy's tunnel, that can all be closed at once. */
import { isIPv6, type LookupFunction, type Socket } from "node:net";
import type { buildConnector, Client } from "undici";
import { acceptContinue, type Connector } from "../../lib/http/informational.ts";
import { HttpFailure } from "./failure.ts";
import { proxyAuthorizationOf } from "./proxy.ts";
import type { TlsOptions } from "./trust.ts";

export interface ConnectOptions extends Partial<TlsOptions> {
  readonly lookup?: LookupFunction;
  /** Is told where a connection to the host leads. */
  readonly learn?: ((hostname: string, address: string | undefined) => void) | undefined;
}

export interface Connectors {
  /** Connects to the server itself. */
  direct(options: ConnectOptions): Connector;
  /** Connects to the proxy, has it connect to the server, and shakes hands with that. */
  tunnel(proxy: URL, toProxy: Connector, secure: Connector): Connector;
  /** Closes what is open and what is being made. */
  close(): void;
}

/** @param patience how long each step of connecting may take, in milliseconds. */
export function createConnectors(
  undici: { buildConnector: typeof buildConnector; Client: typeof Client },
  patience: number,
): Connectors {
  const sockets = new Set<Socket>();
  return {
    direct({ learn, ...options }) {
      const connect = acceptContinue(
        undici.buildConnector({ ...options, allowH2: false, timeout: patience }),
      );
      return (target, callback) => {
        // It returns the socket while that is being connected, which its types do not say.
        const socket = connect(target, (...made: Parameters<typeof callback>) => {
          if (made[1]) learn?.(target.hostname, made[1].remoteAddress);
          callback(...made);
        }) as unknown as Socket;
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
      };
    },
    tunnel: (proxy, toProxy, secure) => (target, callback) => {
      const { hostname, port } = target;
      const authority = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port || 443}`;
      const client = new undici.Client(proxy.origin, {
        connect: toProxy,
        headersTimeout: patience,
      });
      client.dispatch({
        method: "CONNECT",
        path: authority,
        headers: { host: authority, ...proxyAuthorizationOf(proxy) },
      }, {
        onRequestStart() {},
        onRequestUpgrade(_, status, __, socket) {
          if (status >= 200 && status < 300) {
            return secure({ ...target, httpSocket: socket as Socket }, callback);
          }
          socket.destroy();
          callback(proxyError(proxy, status, authority), null);
        },
        onResponseError(_, cause) {
          const message = `cannot reach the proxy ${proxy.host}: ${cause.message}`;
          callback(new HttpFailure("NETWORK", message, { cause }), null);
        },
      });
    },
    close() {
      for (const socket of sockets) socket.destroy(new Error("the connection was closed"));
    },
  };
}

function proxyError(proxy: URL, status: number, authority: string): HttpFailure {
  return new HttpFailure("REFUSED", `the proxy ${proxy.host} answers ${status} for ${authority}`, {
    hint: status === 407 ? "put user:password@ into the proxy's URL" : undefined,
  });
}
