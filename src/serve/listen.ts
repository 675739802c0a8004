/** A registry on a port: started, reached, stopped. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { type AddressInfo, isIPv6 } from "node:net";
import type { ByteStream } from "../bytes/stream.ts";
import { beginStream } from "./begin-stream.ts";
import { isSystemError, NixociError, wrapError } from "../base/errors.ts";
import {
  createProblem,
  type RegistryAnswer,
  type RegistryCall,
  type RegistryHandler,
} from "./call.ts";
import { answerToFailure, isForLog } from "./failure.ts";
import { callOf, sendAnswer } from "./http.ts";
import { CLIENT_RATE, type ClientPace, type ClientRate, createPaceKeeper } from "./pace.ts";

/** The address that a registry listens on, and who may come. */
export interface ListenOptions {
  /** The address to listen on; `127.0.0.1` by default, where only this machine reaches it. */
  readonly host?: string;
  /** The port; any free one by default. */
  readonly port?: number;
  /** Key and certificate, as `node:https` takes them; plain HTTP without. */
  readonly tls?: ServerOptions;
  /** The number of clients that may be connected at a time; any number by default. */
  readonly connections?: number;
  /** Milliseconds after which a client that is silent is gone; five minutes by default. */
  readonly silence?: number;
  /** Milliseconds that the head of a request may take; a minute by default. */
  readonly head?: number;
  /** The least that clients have to send and take; 1 KiB a second over a minute by default. */
  readonly clientRate?: ClientRate;
  /** Gets the failures that are the registry's own, with the call that had them. */
  readonly onError?: (error: unknown, call: RegistryCall) => void;
}

/** A registry that is running. */
export interface RunningRegistry extends AsyncDisposable {
  /** Address and port, as references take them: `127.0.0.1:5000`. */
  readonly host: string;
  /** The same with the scheme: `http://127.0.0.1:5000`. */
  readonly url: string;
  /** The server that listens, for those who count connections. */
  readonly server: Server;
  /**
   * Takes no more connections, lets the calls that are under way end, and breaks off those that have
   * not after `grace` milliseconds: 10,000 by default. Disposing does the same.
   */
  stop(options?: { readonly grace?: number }): Promise<void>;
}

const GRACE = 10_000;
const IDLE_CHECK = 20;

const SILENCE = 300_000;
const HEAD = 60_000;

/**
 * Answers calls on a port until it is stopped.
 * @throws NixociError `IO` when the port is taken or may not be used, `USAGE` when there is none such.
 */
export async function listen(
  handler: RegistryHandler,
  options: ListenOptions = {},
): Promise<RunningRegistry> {
  const { host = "127.0.0.1", port = 0, tls, connections, silence = SILENCE, onError } = options;
  const { head = HEAD, clientRate = CLIENT_RATE } = options;
  const keeper = createPaceKeeper(clientRate);
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const pace = keeper.watch(() => request.socket.destroy());
    void answerRequest({ request, response, pace }, handler, onError);
  };
  const how = {
    requestTimeout: 0, // a large layer over a slow line takes its time
    headersTimeout: head,
    connectionsCheckingInterval: Math.ceil(head / 2),
  };
  const server = tls
    ? createTlsServer({ ...how, handshakeTimeout: head, ...tls }, serve)
    : createServer(how, serve);
  if (connections !== undefined) server.maxConnections = connections;
  server.timeout = silence;
  await listenAt(server, host, port);
  const { address, port: bound } = server.address() as AddressInfo;
  const reached = `${isIPv6(address) ? `[${address}]` : address}:${bound}`;
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  void closed.then(() => keeper.stop());
  const stop = ({ grace = GRACE } = {}): Promise<void> => stopServer(server, closed, grace);
  return {
    host: reached,
    url: `${tls ? "https" : "http"}://${reached}`,
    server,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

async function listenAt(server: Server, host: string, port: number): Promise<void> {
  const doing = `Cannot serve a registry on ${host}:${port}`;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new NixociError("USAGE", `${doing}: there is no such port`, {
      hint: "name one from 1 to 65535, or 0 for any that is free",
    });
  }
  try {
    const listening = once(server, "listening");
    server.listen(port, host);
    await listening;
  } catch (error) {
    if (!isSystemError(error, "EADDRINUSE")) throw wrapError(error, doing);
    throw new NixociError("IO", `${doing}: something else listens there`, {
      cause: error,
      hint: "name another port, or stop what uses this one",
    });
  }
}

/** A request, the way to answer it, and the pace of who has sent it. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly pace: ClientPace;
}

async function answerRequest(
  { request, response, pace }: Exchange,
  handler: RegistryHandler,
  onError: ListenOptions["onError"],
): Promise<void> {
  const call = callOf(request, response, pace);
  if (call === undefined) {
    const answer = createProblem(400, "UNSUPPORTED", "that is not a path");
    return await sendAnswer(request, response, answer, pace);
  }
  try {
    await sendAnswer(request, response, await answerCall(call, handler, onError), pace);
  } catch (error) {
    if (!call.signal.aborted && !response.destroyed) onError?.(error, call);
    call.abort();
  }
}

/** Returns the handler's answer, its body begun, or one about what went wrong by then. */
async function answerCall(
  call: RegistryCall,
  handler: RegistryHandler,
  onError: ListenOptions["onError"],
): Promise<RegistryAnswer> {
  try {
    const answer = await handler(call);
    if (call.method === "HEAD" || !isStream(answer.body)) return answer;
    return { ...answer, body: await beginStream(answer.body) };
  } catch (error) {
    if (isForLog(error, call) && !call.signal.aborted) onError?.(error, call);
    return answerToFailure(error, call);
  }
}

function isStream(body: RegistryAnswer["body"]): body is ByteStream {
  return body !== undefined && !(body instanceof Uint8Array);
}

async function stopServer(server: Server, closed: Promise<void>, grace: number): Promise<void> {
  if (server.listening) server.close();
  // Clients keep a connection for more calls: it is closed as soon as its last one is answered.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK);
  const end = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearInterval(idle);
  clearTimeout(end);
}
