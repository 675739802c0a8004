/**
 * An engine's API: Docker's, which Podman speaks as well.
 * @see https://docs.docker.com/reference/api/engine/
 */
import type { Readable } from "node:stream";
import { type ByteStream, collect } from "../../src/bytes/stream.ts";
import { during, NixociError, reason } from "../../src/errors.ts";
import type { TransportOptions } from "../../src/image/root.ts";
import { type Address, addresses } from "./address.ts";

/** A connection to an engine that answers. */
export interface Engine extends AsyncDisposable {
  /** Which engine, for messages: `the engine at unix:///run/docker.sock`. */
  readonly name: string;
  readonly isPodman: boolean;
  /** Of Docker's API, as two numbers. */
  readonly version: readonly [major: number, minor: number];
  /** Sends a request; the answer's body must be read or cancelled. */
  request(method: "GET" | "POST", path: string, body?: ByteStream): Promise<Answer>;
}

/** What an engine answers. */
export interface Answer {
  readonly status: number;
  readonly body: ByteStream;
}

// Lists of images may be long; errors are not.
const MAX_ANSWER = 32 * 1024 * 1024;
const MAX_ERROR = 1024 * 1024;
const PING_MS = 10_000;

/**
 * The first engine that answers, of those that may be meant.
 * @throws NixociError `NETWORK` with all that was tried, and as `addresses` does.
 */
export async function connect({ host, signal }: TransportOptions): Promise<Engine> {
  return await firstOf(await addresses(host), signal);
}

/** The first engine that answers at one of these addresses; throws as `connect` does. */
export async function firstOf(
  addresses: readonly Address[],
  signal?: AbortSignal,
): Promise<Engine> {
  const tried: string[] = [];
  let cause: unknown;
  for (const address of addresses) {
    try {
      return await open(address, signal);
    } catch (error) {
      signal?.throwIfAborted();
      cause ??= error;
      const from = address.from === undefined ? "" : `from ${address.from}; `;
      tried.push(`${address.text} (${from}${reason(error)})`);
    }
  }
  throw new NixociError("NETWORK", `Cannot reach a container engine: tried ${tried.join(", ")}`, {
    cause,
    hint: "start Docker or Podman (podman system service), or say where it is with --host",
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
    ...(socketPath !== undefined && { socketPath }),
    ...(tls !== undefined && { connect: tls }),
  });
  try {
    const timeout = AbortSignal.timeout(PING_MS);
    const { statusCode, headers, body } = await pool.request({
      method: "GET",
      path: "/_ping",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`it answers ${statusCode}, so it is no engine`);
    const [major = 1, minor = 0] = String(headers["api-version"] ?? "").split(".").map(Number);
    return {
      name: `the engine at ${address.text}`,
      isPodman: headers["libpod-api-version"] !== undefined,
      version: [major, minor],
      async request(method, path, body) {
        const { statusCode, body: answer } = await pool.request({
          method,
          path,
          ...(signal && { signal }),
          // undici takes what can be iterated, though its types say streams only.
          ...(body && { body: body as Readable, headers: { "content-type": "application/x-tar" } }),
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

/**
 * What the engine answers to a question, as JSON; `undefined` when it knows no such thing.
 * @throws NixociError `NETWORK`, `REFUSED` with the engine's own words.
 */
export async function ask(engine: Engine, path: string): Promise<unknown> {
  const { status, body } = await send(engine, "GET", path);
  if (status === 200) return JSON.parse((await collect(body, MAX_ANSWER, path)).toString("utf8"));
  const message = await errorIn(body);
  if (status === 404) return undefined;
  throw refused(engine, message ?? `it answers ${status} to ${path}`);
}

/** Sends a request; failures to do so name the engine. */
export async function send(
  engine: Engine,
  method: "GET" | "POST",
  path: string,
  body?: ByteStream,
): Promise<Answer> {
  try {
    return await engine.request(method, path, body);
  } catch (error) {
    throw during(error, `Cannot talk to ${engine.name}`);
  }
}

/** What an engine says went wrong: `{"message": …}`, in one line. */
export async function errorIn(body: ByteStream): Promise<string | undefined> {
  const text = (await collect(body, MAX_ERROR, "the engine's answer")).toString("utf8");
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? oneLine(message) : undefined;
  } catch {
    return text.trim() === "" ? undefined : oneLine(text);
  }
}

const MAX_LINE = 400;

/** Text from elsewhere, fit for a line of a message. */
export function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  const line = text.replace(/[\s\x00-\x1f\x7f-\x9f]+/g, " ").trim();
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
}

/** The engine said no. */
export function refused(engine: Engine, message: string): NixociError {
  return new NixociError("REFUSED", `${engine.name} says: ${message}`);
}
