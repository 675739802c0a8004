/**
 * An engine's API: Docker's, which Podman speaks as well.
 * @see https://docs.docker.com/reference/api/engine/
 */
import type { Readable } from "node:stream";
import type { ByteStream } from "../../src/bytes/stream.ts";
import { NixociError, reasonOf } from "../../src/base/errors.ts";
import { type Address, addresses, type Preference } from "./address.ts";
import type { EngineSideOptions } from "./options.ts";
import { hintAtEngine } from "./unreachable.ts";

/** A connection to an engine that answers. */
export interface Engine extends AsyncDisposable {
  /** The engine, for messages: `the engine at unix:///run/docker.sock`. */
  readonly name: string;
  readonly isPodman: boolean;
  /** Of Docker's API, as two numbers. */
  readonly version: readonly [major: number, minor: number];
  /** Sends a request; the answer's body must be read or cancelled. */
  request(method: "GET" | "POST", path: string, body?: ByteStream): Promise<Answer>;
}

/** An answer of an engine. */
export interface Answer {
  readonly status: number;
  readonly body: ByteStream;
}

const PING_MS = 10_000;

/**
 * Connects to the first engine that answers, of those that may be meant.
 * @throws NixociError `NETWORK` with all that was tried, and as `addresses` does.
 */
export async function connect(
  { host, signal }: EngineSideOptions,
  preference?: Preference,
): Promise<Engine> {
  return await firstOf(await addresses(host, preference), signal);
}

/** Connects to the first engine that answers at one of these addresses; throws as `connect` does. */
export async function firstOf(
  addresses: readonly Address[],
  signal?: AbortSignal,
): Promise<Engine> {
  const tried: string[] = [];
  const failures: unknown[] = [];
  for (const address of addresses) {
    try {
      return await open(address, signal);
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(error);
      const from = address.from === undefined ? "" : `from ${address.from}; `;
      tried.push(`${address.text} (${from}${reasonOf(error)})`);
    }
  }
  throw new NixociError("NETWORK", `Cannot reach a container engine: tried ${tried.join(", ")}`, {
    cause: failures[0],
    hint: hintAtEngine(failures),
  });
}

async function open(address: Address, signal: AbortSignal | undefined): Promise<Engine> {
  // Loaded late: not every command talks to an engine.
  const { Pool } = await import("undici");
  const { origin, socketPath, tls } = address;
  // An engine may take its time with a large image: the user breaks off, not the clock.
  const pool = new Pool(origin, {
    headersTimeout: 0,
    bodyTimeout: 0,
    socketPath,
    connect: tls,
  });
  try {
    const timeout = AbortSignal.timeout(PING_MS);
    const { statusCode, headers, body } = await pool.request({
      method: "GET",
      path: "/_ping",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`it answers ${statusCode}, so it is not an engine`);
    const [major = 1, minor = 0] = String(headers["api-version"] ?? "").split(".").map(Number);
    return {
      name: `the engine at ${address.text}`,
      isPodman: headers["libpod-api-version"] !== undefined,
      version: [major, minor],
      async request(method, path, body) {
        const { statusCode, body: answer } = await pool.request({
          method,
          path,
          signal,
          // undici takes what can be iterated, though its types say streams only.
          body: body as Readable | undefined,
          headers: body && { "content-type": "application/x-tar" },
        });
        return { status: statusCode, body: answer };
      },
      [Symbol.asyncDispose]: () => pool.destroy(),
    };
  } catch (error) {
    await pool.destroy();
    throw error;
  }
}
