/**
 * A session with one repository of one registry: knows how to reach it, as whom, and how often to
 * try. All requests of the transport go through {@link Session.ask}.
 */
import { authorizer } from "./auth/authorizer.ts";
import type { Credentials } from "./auth/credentials.ts";
import { acquaintance } from "./contact.ts";
import type { ClientReply } from "./http/client.ts";
import type { Reply, RequestBody } from "../lib/http/exchange.ts";
import { forGood, HttpFailure, isAnswer, isAnswered, isNoTls, isRefused } from "./http/failure.ts";
import { paceOf } from "./http/pace.ts";
import { refusal } from "./http/refusal.ts";
import { retrying, type RetryOptions } from "./http/retry.ts";
import { openLine } from "./line.ts";
import { apiHost } from "./origin.ts";
import { sender } from "./sender.ts";
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
  /**
   * Whether the failure says that we may do nothing at all; others say it of one kind of request, as
   * to HEAD by those who may only push.
   */
  isShutOut(error: unknown): Promise<boolean>;
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
  const { certDir, signal, onNotice } = options;
  const line = openLine(endpoint, { certDir, signal }, world);
  const { http } = line;
  const pace = paceOf(apiHost(endpoint.host), world);
  const retry = { signal, onNotice, pace };
  const secrets = new Set<string>();
  const { credentials } = options;
  const registry = endpoint.host;
  const auth = authorizer({
    client: http,
    registry,
    world,
    credentials,
    secrets,
    signal,
    onNotice,
  });
  const met = acquaintance();
  const sendTo = sender({ http, auth, pace, secrets, ...options }, endpoint, world);
  const sendOnce = (ask: Ask): Promise<ClientReply> =>
    met.among(async () => {
      try {
        return await sendTo(await line.origin(), ask);
      } catch (error) {
        if (met.isMade || isAnswered(error)) throw error;
        line.doubt();
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
    isShutOut: async (error) =>
      error instanceof HttpFailure && error.isChallenge && await auth.isUnknown(),
    async askStranger(url, ask) {
      const reply = await http.send({ signal, ...ask, method: "GET", url, isGuarded: true });
      if (ask.expect.includes(reply.status)) return reply;
      throw await refusal(reply, world.now(), secrets, undefined);
    },
    async [Symbol.asyncDispose]() {
      line.close();
    },
  };
}

/** Whether the registry has not what it was asked for. */
export function isMissing(error: unknown): boolean {
  return isAnswer(error, 404);
}
