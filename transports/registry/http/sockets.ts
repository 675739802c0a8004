/** Sockets to servers, which can all be closed at once. */
import {
  connect as connectPlain,
  isIP,
  type LookupFunction,
  type OnReadOpts,
  type Socket,
} from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { TlsOptions } from "./trust.ts";

/** The server that a socket leads to. */
export interface SocketTarget {
  /** `http:` or `https:`. */
  readonly protocol: string;
  readonly hostname: string;
  /** By default that of the protocol. */
  readonly port?: string | number | null | undefined;
  /** A socket that leads there already, through a proxy. */
  readonly httpSocket?: Socket | undefined;
}

/**
 * Opens a socket; what is read goes where `onread` says, if it does.
 * @throws the system's error; one with the code `CONNECT_TIMEOUT`.
 */
export type OpenSocket = (target: SocketTarget, onread?: OnReadOpts) => Promise<Socket>;

/** The options of opening sockets. */
export interface SocketOptions extends Partial<TlsOptions> {
  readonly lookup?: LookupFunction;
  /** Is told where a connection to the host leads. */
  readonly learn?: ((hostname: string, address: string | undefined) => void) | undefined;
}

/** Sockets, open or being opened. */
export interface Sockets {
  opener(options: SocketOptions): OpenSocket;
  /** Closes what is open and what is being opened. */
  close(): void;
}

/** The code of the error for a connection that does not come about. */
export const CONNECT_TIMEOUT = "CONNECT_TIMEOUT";

/** @param patience how long connecting may take, in milliseconds. */
export function createSockets(patience: number): Sockets {
  const sockets = new Set<Socket>();
  return {
    opener({ learn, ...options }) {
      const sessions = new Map<string, Buffer>();
      return async (target, onread) => {
        const isSecure = target.protocol === "https:";
        const socket = isSecure
          ? await connectSecurely(target, { ...options, onread }, sessions)
          : connectPlain({ ...options, ...addressOf(target, 80), ...(onread && { onread }) });
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        await waitUntilOpen(socket, isSecure ? "secureConnect" : "connect", patience);
        learn?.(target.hostname, socket.remoteAddress);
        return socket;
      };
    },
    close() {
      for (const socket of sockets) socket.destroy(new Error("the connection was closed"));
    },
  };
}

/** Begins a connection with TLS, with what the server remembers of the last one. */
async function connectSecurely(
  target: SocketTarget,
  options: SocketOptions & { readonly onread: OnReadOpts | undefined },
  sessions: Map<string, Buffer>,
): Promise<Socket> {
  const { connect } = await import("node:tls");
  const { hostname, httpSocket } = target;
  const session = sessions.get(hostname);
  const how = {
    ...options,
    ...addressOf(target, 443),
    ...(isIP(hostname) === 0 && { servername: hostname }),
    ...(session && { session }),
    ...(httpSocket && { socket: httpSocket }),
    ALPNProtocols: ["http/1.1"],
  };
  return connect(how as ConnectionOptions).on("session", (next) => sessions.set(hostname, next));
}

function addressOf({ hostname, port }: SocketTarget, otherwise: number) {
  return { host: hostname, port: Number(port || otherwise) };
}

const KEEP_ALIVE = 60_000;

async function waitUntilOpen(socket: Socket, event: string, patience: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = patience === 0 ? undefined : setTimeout(() => {
    socket.destroy(Object.assign(new Error("no connection in time"), { code: CONNECT_TIMEOUT }));
  }, patience);
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE);
  socket.once(event, resolve).on("error", reject);
  socket.once("close", () => reject(new Error("the connection was closed")));
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}
