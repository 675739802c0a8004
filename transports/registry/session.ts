/**
 * A session with one repository of one registry: knows how to reach it, as whom, and how often to
 * try. All requests of the transport go through {@link Session.ask}.
 */
import { authorizer } from "./auth/authorizer.ts";
import type { Credentials } from "./auth/credentials.ts";
import { acquaintance, originOf } from "./contact.ts";
import { client, type ClientReply } from "./http/client.ts";
import type { Reply, RequestBody } from "./http/exchange.ts";
import { forGood, isAnswer, isAnswered, isNoTls, isRefused } from "./http/failure.ts";
import { paceOf } from "./http/pace.ts";
import { refusal } from "./http/refusal.ts";
import { retrying, type RetryOptions } from "./http/retry.ts";
import { warner } from "./http/warning.ts";
import { apiHost } from "./origin.ts";
import type { World } from "./world.ts";

/** A repository in a registry, and how freely it may be reached. */
export interface Endpoint {
  /** As in references: `docker.io`, `localhost:5000`. */
  readonly host: string;
  readonly repository: string;
  /**
   * `true` demands verified HTTPS; with `false` plain HTTP and unverified TLS will do; by default
   * it is verified HTTPS, or plain HTTP on loopback.
   */
  readonly tlsVerify: boolean | undefined;
}

export interface Ask {
  readonly method: string;
  /** Below `/v2/<repository>/`, from the root with a slash, or a URL that the registry gave us. */
  readonly to: string | URL;
  /** The statuses that are no failure. */
  readonly expect: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** Repositories to read from beside the session's own (mounting). */
  readonly alsoFrom?: string;
  readonly signal?: AbortSignal | undefined;
  /** The caller tries again by itself: it knows how far it came. */
  readonly once?: boolean;
}

export interface Session extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly world: World;
  /** What is said and waited for when something is tried again. */
  readonly retry: RetryOptions;
  /** What was sent and is not to be shown when the server repeats it. */
  readonly secrets: ReadonlySet<string>;
  /**
   * Asks the registry, with credentials, and tries again what may pass. Reading the reply is part
   * of the try, unless `read` leaves it for later.
   * @throws HttpFailure for statuses that were not expected.
   */
  ask<T>(ask: Ask, read: (reply: ClientReply) => Promise<T> | T): Promise<T>;
  /** Asks a server that somebody else named, as nobody. */
  askStranger(url: URL, ask: Pick<Ask, "headers" | "expect" | "signal">): Promise<Reply>;
}

export interface SessionOptions extends RetryOptions {
  /** What tokens are asked for. */
  readonly action: "pull" | "pull,push" | "none";
  readonly certDir?: string | undefined;
  readonly credentials: () => Promise<Credentials | undefined>;
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md */
export function session(endpoint: Endpoint, options: SessionOptions, world: World): Session {
  const name = endpoint.host.toLowerCase();
  const host = apiHost(name);
  const { certDir, signal, onNotice } = options;
  const pace = paceOf(host, world);
  const retry = { signal, onNotice, pace };
  const verify = endpoint.tlsVerify !== false;
  const http = client({ host, names: [name, host], certDir, verify, signal }, world);
  const secrets = new Set<string>();
  const { credentials } = options;
  const auth = authorizer({
    client: http,
    registry: endpoint.host,
    world,
    credentials,
    secrets,
    signal,
    onNotice,
  });
  const refused = (reply: Reply, registry?: string) =>
    refusal(reply, world.now(), secrets, registry);
  const met = acquaintance();
  const showWarnings = warner(endpoint.host, secrets, onNotice);
  let hasLooked = false;
  let found: Promise<URL> | undefined;
  const base = (): Promise<URL> =>
    found ??= originOf(host, endpoint, http, world, signal).catch((error) => {
      found = undefined; // the next try finds out anew
      throw error;
    });
  const { action } = options;
  const own = action === "none" ? [] : [`repository:${endpoint.repository}:${action}`];

  const sendTo = async (origin: URL, ask: Ask): Promise<ClientReply> => {
    const url = typeof ask.to === "string"
      ? new URL(ask.to.startsWith("/") ? ask.to : `/v2/${endpoint.repository}/${ask.to}`, origin)
      : ask.to;
    const isOwn = url.origin === origin.origin;
    const scopes = ask.alsoFrom ? [...own, `repository:${ask.alsoFrom}:pull`] : own;
    let authorization = isOwn ? await auth.header(scopes) : undefined;
    for (let isSecond = false;; isSecond = true) {
      if (isOwn) await pace.ready(ask.signal ?? signal);
      const reply = await http.send({ signal, ...ask, url, authorization, isGuarded: !isOwn });
      const isStranger = !isOwn || reply.hasLeft; // who gets no credentials, whatever it asks
      if (!isStranger) showWarnings(reply);
      if (ask.expect.includes(reply.status)) return reply;
      if (!isStranger && isHidden(ask, reply) && await wantsToKnow(origin)) {
        authorization = await auth.header(scopes);
        await reply.discard();
        continue;
      }
      if (reply.status !== 401 || isStranger || isSecond) {
        throw await refused(reply, isStranger ? undefined : endpoint.host);
      }
      auth.challenged(reply, scopes);
      // A body that is sent once is not ours to send again, but the next try will have the token.
      const better = ask.body && ask.once ? authorization : await auth.header(scopes);
      if (better === authorization) throw await refused(reply, endpoint.host);
      authorization = better;
      await reply.discard();
    }
  };
  /** Whether the registry asks who we are, where it has let us ask as nobody so far. */
  const wantsToKnow = async (origin: URL): Promise<boolean> => {
    if (auth.isAsked || hasLooked) return false;
    hasLooked = true;
    const reply = await http.send({ method: "GET", url: new URL("/v2/", origin), signal });
    if (reply.status === 401) auth.challenged(reply, []);
    await reply.discard();
    return auth.isAsked;
  };
  const sendOnce = (ask: Ask): Promise<ClientReply> =>
    met.among(async () => {
      try {
        return await sendTo(await base(), ask);
      } catch (error) {
        if (met.isMade || isAnswered(error)) throw error;
        found = undefined; // the next try finds out anew
        // Once it has answered, it may be restarting; before that, the address is wrong.
        const isNone = isRefused(error) || (endpoint.tlsVerify === false && isNoTls(error));
        throw isNone ? forGood(error, "is the registry running, and is this its port?") : error;
      }
    }, ask.signal ?? signal);
  return {
    endpoint,
    world,
    retry,
    secrets,
    async ask(ask, read) {
      const attempt = async () => await read(await sendOnce(ask));
      return ask.once ? await attempt() : await retrying(world, retry, attempt);
    },
    async askStranger(url, ask) {
      const reply = await http.send({ signal, ...ask, method: "GET", url, isGuarded: true });
      if (ask.expect.includes(reply.status)) return reply;
      throw await refused(reply);
    },
    async [Symbol.asyncDispose]() {
      http.close();
    },
  };
}

/** Whether it may be there for those whom the registry knows: some say so to nobody else. */
function isHidden({ method, to }: Ask, { status }: Reply): boolean {
  return method === "GET" && typeof to === "string" && (status === 403 || status === 404);
}

/** Whether the registry has not what it was asked for. */
export function isMissing(error: unknown): boolean {
  return isAnswer(error, 404);
}
