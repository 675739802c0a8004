/**
 * An engine's API: Docker's, which Podman speaks as well.
 * @see https://docs.docker.com/reference/api/engine/
 */
import { disposeAll } from "../../src/base/dispose.ts";
import { NixociError, reasonOf } from "../../src/base/errors.ts";
import { type Reply, type RequestBody, sendHttpRequest } from "../lib/http/exchange.ts";
import { acceptContinue } from "../lib/http/informational.ts";
import { type Address, findAddresses, type Preference } from "./address.ts";
import type { EngineSideOptions } from "./options.ts";
import { openSshTunnel } from "./ssh.ts";
import { suggestEngine } from "./unreachable.ts";

/** The methods of its requests. */
export type EngineMethod = "GET" | "POST" | "DELETE";

/** A connection to an engine that answers. */
export interface Engine extends AsyncDisposable {
  /** The engine, for messages: `the engine at unix:///run/docker.sock`. */
  readonly name: string;
  /** As people write it: `unix:///run/docker.sock`. */
  readonly address: string;
  readonly isPodman: boolean;
  /** Of Docker's API, as two numbers. */
  readonly version: readonly [major: number, minor: number];
  /** Sends a request; the answer's body must be read or discarded. */
  request(method: EngineMethod, path: string, body?: RequestBody): Promise<Reply>;
}

const PING_MS = 10_000;
// Somebody may have to type a password, which ssh asks for at the terminal.
const SSH_PING_MS = 120_000;

/**
 * Connects to the first engine that answers, of those that may be meant.
 * @throws NixociError `NETWORK` with all that was tried, and as `findAddresses` does.
 */
export async function connect(
  { host, signal }: EngineSideOptions,
  preference?: Preference,
): Promise<Engine> {
  return await connectToFirst(await findAddresses(host, preference), signal, preference);
}

/** Connects to the first engine that answers at one of these addresses; throws as `connect` does. */
export async function connectToFirst(
  addresses: readonly Address[],
  signal?: AbortSignal,
  preference?: Preference,
): Promise<Engine> {
  const tried: string[] = [];
  const failures: unknown[] = [];
  for (const address of addresses) {
    try {
      return await openAddress(address, preference === "podman", signal);
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(error);
      const from = address.from === undefined ? "" : `from ${address.from}; `;
      tried.push(`${address.text} (${from}${reasonOf(error)})`);
    }
  }
  throw new NixociError("NETWORK", `Cannot reach a container engine: tried ${tried.join(", ")}`, {
    cause: failures[0],
    hint: suggestEngine(failures),
  });
}

/** Opens an address; where SSH leads there, with what ssh says when nothing is answered. */
async function openAddress(
  address: Address,
  isPodman: boolean,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  if (address.ssh === undefined) return await openEngine(address, PING_MS, signal);
  const tunnel = await openSshTunnel(address.ssh, isPodman);
  try {
    const { socketPath } = tunnel;
    const engine = await openEngine({ ...address, socketPath }, SSH_PING_MS, signal);
    return { ...engine, [Symbol.asyncDispose]: () => disposeAll([tunnel, engine]) };
  } catch (error) {
    const failure = tunnel.failure();
    await tunnel[Symbol.asyncDispose]();
    throw failure ?? error;
  }
}

async function openEngine(
  address: Address,
  patience: number,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  // Loaded late: not every command talks to an engine.
  const { Agent, buildConnector } = await import("undici");
  const { origin, socketPath, tls } = address;
  const connect = acceptContinue(buildConnector({ socketPath, ...tls, allowH2: false }));
  const agent = new Agent({ connect });
  const ask = (method: EngineMethod, path: string, body?: RequestBody, until = signal) =>
    sendHttpRequest({
      method,
      url: new URL(path, origin),
      body,
      signal: until,
      ...(body && { headers: { "content-type": "application/x-tar" } }),
    }, {
      dispatcher: () => agent,
      target: { origin, path },
      // An engine may take its time with a large image: the user breaks off, not the clock.
      patience: 0,
      explain: (error) => error,
    });
  try {
    const timeout = AbortSignal.timeout(patience);
    const until = signal ? AbortSignal.any([signal, timeout]) : timeout;
    const { status, headers, discard } = await ask("GET", "/_ping", undefined, until);
    await discard();
    if (status !== 200) throw new Error(`it answers ${status}, so it is not an engine`);
    const [major = 1, minor = 0] = (headers["api-version"] ?? "").split(".").map(Number);
    return {
      name: `the engine at ${address.text}`,
      address: address.text,
      isPodman: headers["libpod-api-version"] !== undefined,
      version: [major, minor],
      request: ask,
      [Symbol.asyncDispose]: () => agent.destroy(),
    };
  } catch (error) {
    await agent.destroy();
    throw error;
  }
}
