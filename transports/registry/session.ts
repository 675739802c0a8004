/**
 * A session with one repository of one registry: knows how to reach it, as whom, and how often to
 * try. All requests of the transport go through {@link Session.ask}.
 */
import type { Ask, SessionOptions } from "./ask.ts";
import { createAuthorizer } from "./auth/authorizer.ts";
import { createFirstContact } from "./first-contact.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ClientReply } from "./http/client.ts";
import type { Reply } from "../lib/http/exchange.ts";
import { finalError, HttpFailure, isAnswer, isAnswered } from "./http/failure.ts";
import { isNoTls, isRefused } from "./http/network-error.ts";
import { paceOf } from "./http/pace.ts";
import { readRefusal } from "./http/refusal.ts";
import { type RetryOptions, runWithRetries } from "./http/retry.ts";
import { openLine } from "./line.ts";
import { apiHostOf } from "./origin.ts";
import { suggestProxy } from "./proxy-hint.ts";
import { createSender } from "./sender.ts";
import type { World } from "./world.ts";

/** A conversation with a repository. */
export interface Session extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly world: World;
  /** The options of trying again: whom to tell, and how to wait. */
  readonly retry: RetryOptions;
  /** Texts that were sent and are not shown when the server repeats them. */
  readonly secrets: ReadonlySet<string>;
  /**
   * Asks the registry, with credentials, and tries again what may pass. Reading the reply is part
   * of the try, unless `read` leaves it for later.
   * @throws HttpFailure for statuses that were not expected.
   */
  ask<T>(ask: Ask, read: (reply: ClientReply) => Promise<T> | T): Promise<T>;
  /**
   * Tells whether the failure says that we may do nothing at all; others say it of one kind of request, as
   * to HEAD by those who may only push.
   */
  isShutOut(error: unknown): Promise<boolean>;
  /** Asks a server that somebody else named, as nobody. */
  askStranger(url: URL, ask: Pick<Ask, "headers" | "expect" | "signal">): Promise<Reply>;
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md */
export function openSession(endpoint: Endpoint, options: SessionOptions, world: World): Session {
  const { certDir, signal, onNotice } = options;
  const { host, tlsVerify } = endpoint;
  const line = openLine({ host, tlsVerify }, { certDir, signal }, world);
  const { http } = line;
  const pace = paceOf(apiHostOf(host), world);
  const retry = { signal, onNotice, pace };
  const secrets = new Set<string>();
  const auth = createAuthorizer({
    client: http,
    registry: host,
    world,
    credentials: () => options.credentials(endpoint),
    secrets,
    signal,
    onNotice,
  });
  const met = createFirstContact();
  const sendTo = createSender({ http, auth, pace, secrets, ...options }, endpoint, world);
  const sendOnce = (ask: Ask): Promise<ClientReply> =>
    met.runAfterFirst(async () => {
      try {
        return await sendTo(await line.origin(), ask);
      } catch (error) {
        if (met.isMade || isAnswered(error)) throw error;
        line.doubt();
        // Once it has answered, it may be restarting; before that, the address is wrong.
        const isNone = isRefused(error) || (tlsVerify === false && isNoTls(error));
        const proxy = suggestProxy(apiHostOf(host), error, world.env);
        if (proxy !== undefined) throw finalError(error as HttpFailure, proxy);
        throw isNone ? finalError(error, "is the registry running, and is this its port?") : error;
      }
    }, ask.signal ?? signal);
  return {
    endpoint,
    world,
    retry,
    secrets,
    async ask(ask, read) {
      const attempt = async () => await read(await sendOnce(ask));
      return ask.once ? await attempt() : await runWithRetries(world, retry, attempt);
    },
    isShutOut: async (error) =>
      error instanceof HttpFailure && error.isChallenge && await auth.isUnknown(),
    async askStranger(url, ask) {
      const reply = await http.send({ signal, ...ask, method: "GET", url, isGuarded: true });
      if (ask.expect.includes(reply.status)) return reply;
      throw await readRefusal(reply, world.now(), secrets, undefined);
    },
    async [Symbol.asyncDispose]() {
      line.close();
    },
  };
}

/** Tells whether the registry lacks what it was asked for. */
export function isMissing(error: unknown): boolean {
  return isAnswer(error, 404);
}
