/**
 * A registry for tests, in this process: the whole distribution API over memory, with basic or
 * token authentication, and a hook that spoils any request.
 *
 * ```ts
 * const registry = await startRegistry({ onRequest: ({ method }, n) => n === 2 ? { reset: true } : undefined });
 * await openSource(`registry:${registry.host}/app:v1`);
 * ```
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { onTestFinished } from "vitest";
import { type Answer, bodyOf, breakOff, type Fault, problem, send } from "./registry/answer.ts";
import {
  basicGuard,
  bearerGuard,
  type BearerOptions,
  close,
  type Guard,
  listen,
  type TokenRequest,
  type Users,
} from "./registry/auth.ts";
import { accessOf, type Feature, keepPart, route } from "./registry/routes.ts";
import { type Repository, store, type Upload } from "./registry/store.ts";

export type { Answer, Fault } from "./registry/answer.ts";
export type { BearerOptions, TokenRequest } from "./registry/auth.ts";
export { json, problem } from "./registry/answer.ts";
export { seedBlob, seedManifest } from "./registry/store.ts";

/** A request as it came, before it was answered. */
export interface LoggedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** What it was answered, once it was. */
  status?: number;
  /** How many bytes of body came, for those that were read. */
  received?: number;
}

export interface RegistryServerOptions {
  readonly basic?: Users;
  readonly bearer?: BearerOptions;
  /** Key and certificate; without them it speaks HTTP. */
  readonly tls?: ServerOptions;
  /** What the registry does not support. */
  readonly without?: readonly Feature[];
  /** Spoils the request, the `n`th (from 1) that came. */
  readonly onRequest?: (
    request: LoggedRequest,
    n: number,
  ) => Fault | undefined | Promise<Fault | undefined>;
}

export interface RegistryServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`, for references. */
  readonly host: string;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** All requests, in the order in which they came. */
  readonly log: LoggedRequest[];
  readonly tokenRequests: readonly TokenRequest[];
  readonly uploads: ReadonlyMap<string, Upload>;
  /** How many connections were made. */
  readonly connections: number;
  repository(name: string): Repository;
  /** All tokens that were given out lose their force. */
  revokeTokens(): void;
  /** Can be replaced while it runs. */
  onRequest: RegistryServerOptions["onRequest"];
}

/** A registry that is gone when the test is over. */
export async function startRegistry(options: RegistryServerOptions = {}): Promise<RegistryServer> {
  const registry = await openRegistry(options);
  onTestFinished(() => registry[Symbol.asyncDispose]());
  return registry;
}

/** The same for code that cleans up by itself. */
export async function openRegistry(options: RegistryServerOptions = {}): Promise<RegistryServer> {
  const { without = [], basic, bearer, tls } = options;
  const guard = bearer ? await bearerGuard(bearer) : basic ? basicGuard(basic) : undefined;
  const contents = store();
  const log: LoggedRequest[] = [];
  let connections = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const entry = logged(request);
    const n = log.push(entry);
    const fault = await registry.onRequest?.(entry, n) ?? {};
    if (fault.delay) await new Promise((resolve) => setTimeout(resolve, fault.delay));
    if (fault.reset) return breakOff(request);
    if (fault.cutAfter !== undefined) {
      keepPart(contents, { url: urlOf(entry), body: await bodyOf(request, fault.cutAfter) });
      return breakOff(request);
    }
    // Deno's server leaves a body that nobody reads in the way of the next request; Node's drops it.
    if (fault.answer) request.resume();
    const answer = fault.answer ?? await answerTo(
      request,
      entry,
      guard,
      (call) => route(contents, { ...call, body: call.body.subarray(0, fault.accept) }, without),
    );
    entry.status = answer.status;
    send(request, response, answer, fault);
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error) => {
      // A request that was broken off, or a bug of the server's own, which must not go unseen.
      if (!request.socket.destroyed) send(request, response, problem(500, "BUG", String(error)));
    });
  };
  const server = tls ? createTlsServer(tls, serve) : createServer(serve);
  server.on("connection", () => connections++);
  const url = await listen(server, tls ? "https" : "http");
  const registry: RegistryServer = {
    url,
    host: new URL(url).host,
    log,
    tokenRequests: guard?.tokenRequests ?? [],
    uploads: contents.uploads,
    get connections() {
      return connections;
    },
    repository: contents.repository,
    revokeTokens: () => guard?.revoke(),
    onRequest: options.onRequest,
    async [Symbol.asyncDispose]() {
      await close(server);
      await guard?.close();
    },
  };
  return registry;
}

function logged({ method = "", url = "", headers }: IncomingMessage): LoggedRequest {
  return { method, path: url, headers };
}

function urlOf({ path }: LoggedRequest): URL {
  return new URL(path, "http://localhost");
}

async function answerTo(
  request: IncomingMessage,
  entry: LoggedRequest,
  guard: Guard | undefined,
  answer: (call: Parameters<typeof route>[1]) => Answer,
): Promise<Answer> {
  const { method, headers } = entry;
  const url = urlOf(entry);
  const refusal = guard?.check(headers, accessOf({ method, url }));
  if (refusal) {
    request.resume();
    return refusal;
  }
  const body = await bodyOf(request);
  entry.received = body.length;
  return answer({ method, url, headers, body });
}
