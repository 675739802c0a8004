/**
 * A session with one repository of one registry: knows how to reach it, as whom, and how often to
 * try. All requests of the transport go through {@link Session.ask}.
 */
import type { Ask, SessionOptions } from "./ask.ts";
import { type Authorizer, createAuthorizer } from "./auth/authorizer.ts";
import { isLoopback } from "./http/addresses.ts";
import { createFirstContact } from "./first-contact.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ClientReply } from "./http/client.ts";
import type { Reply } from "../lib/http/exchange.ts";
import { finalError, HttpFailure, isAnswer, isAnswered, startingError } from "./http/failure.ts";
import { isNoTls, isRefused } from "./http/network-error.ts";
import { type Pace, paceOf } from "./http/pace.ts";
import { readRefusal } from "./http/refusal.ts";
import { type RetryOptions, runWithRetries, START_RETRIES } from "./http/retry.ts";
import { createSilenceWatch, type SilenceWatch } from "./http/silence.ts";
import { createWarner } from "./http/warning.ts";
import { type Line, openLine } from "./line.ts";
import { apiHostOf } from "./origin.ts";
import { suggestProxy } from "./proxy-hint.ts";
import { type DescribedAsk, type FetchThreads, shareThreads } from "./read/threads.ts";
import { beginTrial, type Trial } from "./trial.ts";
import type { World } from "./world.ts";

/** A conversation with a repository. */
export interface Session extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly world: World;
  /** The number of blobs at a time, where the user has said it. */
  readonly jobs: number | undefined;
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
  /** Makes ready for so many requests at a time, once the registry has been reached. */
  expect(count: number): void;
  /** The least time that the registry has taken to answer, in milliseconds, once it has. */
  roundTrip(): number | undefined;
  /** Asks a server that somebody else named, as nobody. */
  askStranger(url: URL, ask: Pick<Ask, "headers" | "expect" | "signal">): Promise<Reply>;
  /** Describes what is below the repository, when its turn has come, for a thread to get it. */
  describeAsk(to: string, signal: AbortSignal | undefined): Promise<DescribedAsk>;
  /** Threads that fetch beside this one. */
  readonly threads: FetchThreads;
}

const NOT_RUNNING = "is the registry running, and is this its port?";

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md */
export class RegistrySession implements Session {
  readonly endpoint: Endpoint;
  readonly world: World;
  readonly jobs: number | undefined;
  readonly retry: RetryOptions & { readonly pace: Pace };
  readonly secrets = new Set<string>();
  readonly threads: FetchThreads;
  readonly #scopes: readonly string[];
  readonly #startRetries: number;
  readonly #line: Line;
  readonly #auth: Authorizer;
  readonly #showWarnings: (reply: Reply) => void;
  readonly #silence: SilenceWatch;
  readonly #contact = createFirstContact();
  #probed: Promise<void> | undefined;
  /** The requests at a time that are to be made ready for. */
  #expected = 0;

  constructor(endpoint: Endpoint, options: SessionOptions, world: World) {
    const { certDir, signal, onNotice, retries, isNamed, action, credentials, minRate } = options;
    const { host, repository, tlsVerify } = endpoint;
    const { secrets } = this;
    this.endpoint = endpoint;
    this.world = world;
    this.jobs = options.jobs;
    this.threads = shareThreads(world);
    this.#startRetries = isNamed === false ? 0 : START_RETRIES;
    const pace = paceOf(apiHostOf(host), world);
    if (options.perSecond !== undefined) pace.limit(options.perSecond);
    this.retry = { signal, onNotice, retries, pace };
    const scope = action === "catalog"
      ? "registry:catalog:*"
      : `repository:${repository}:${action}`;
    this.#scopes = action === "none" ? [] : [scope];
    this.#line = openLine({ host, tlsVerify }, { certDir, signal, minRate }, world);
    this.#auth = createAuthorizer({
      client: this.#line.http,
      registry: host,
      world,
      credentials: () => credentials(endpoint),
      secrets,
      signal,
      onNotice,
    });
    this.#showWarnings = createWarner(host, secrets, onNotice);
    this.#silence = createSilenceWatch(world.patience, onNotice);
  }

  async ask<T>(ask: Ask, read: (reply: ClientReply) => Promise<T> | T): Promise<T> {
    const attempt = async () => await read(await this.#sendFirst(ask));
    return ask.once ? await attempt() : await runWithRetries(this.world, this.retry, attempt);
  }

  async isShutOut(error: unknown): Promise<boolean> {
    return error instanceof HttpFailure && error.isChallenge && await this.#auth.isUnknown();
  }

  async askStranger(url: URL, ask: Pick<Ask, "headers" | "expect" | "signal">): Promise<Reply> {
    const { signal } = this.retry;
    const reply = await this.#line.http.send({
      signal,
      ...ask,
      method: "GET",
      url,
      isGuarded: true,
    });
    if (ask.expect.includes(reply.status)) return reply;
    throw await this.#readRefusal(reply);
  }

  async describeAsk(to: string, signal = this.retry.signal): Promise<DescribedAsk> {
    const { endpoint: { repository }, world: { env, home, etc, patience }, retry: { pace } } = this;
    const url = new URL(`/v2/${repository}/${to}`, await this.#line.origin());
    const authorization = this.#auth.isAsked ? await this.#auth.header(this.#scopes) : undefined;
    await pace.ready(signal);
    const world = { env: { ...env }, home, etc, patience };
    return { url: url.href, authorization, client: this.#line.facts, world };
  }

  expect(count: number): void {
    this.#expected = count;
  }

  roundTrip(): number | undefined {
    return this.#line.http.roundTrip();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#line.close();
    await this.threads[Symbol.asyncDispose]();
  }

  /** Sends it after the first request of all is answered; says why nobody answers that one. */
  #sendFirst(ask: Ask): Promise<ClientReply> {
    const { host, tlsVerify } = this.endpoint;
    return this.#contact.runAfterFirst(async () => {
      const trial = this.#beginTrial(ask);
      try {
        const origin = await this.#line.origin();
        const holds = trial?.url.href === origin.href;
        if (!holds) trial?.stop();
        await this.#makeReady(origin);
        return await this.#send(origin, ask, holds ? trial.answer : undefined);
      } catch (error) {
        trial?.stop();
        if (this.#contact.isMade || isAnswered(error)) throw error;
        this.#line.doubt();
        // It may be starting, or the address is wrong. What spoke no TLS may not have been there before.
        const mayBePlain = tlsVerify === false ||
          (tlsVerify === undefined && isLoopback(new URL(`https://${host}`).hostname));
        const isNone = isRefused(error) || (mayBePlain && isNoTls(error));
        const proxy = suggestProxy(apiHostOf(host), error, this.world.env);
        if (proxy !== undefined) throw finalError(error as HttpFailure, proxy);
        throw isNone ? startingError(error, this.#startRetries, NOT_RUNNING) : error;
      }
    }, ask.signal ?? this.retry.signal);
  }

  /**
   * Sends it as the registry wants it, and once more when it wants to know who we are.
   * @param trial the answer, where it has been sent there already, as by nobody.
   */
  async #send(
    origin: URL,
    ask: Ask,
    trial?: Trial["answer"],
  ): Promise<ClientReply> {
    const { endpoint: { host }, retry: { pace, signal } } = this;
    const url = this.#urlOf(ask, origin);
    const isOwn = url.origin === origin.origin;
    const scopes = [...this.#scopes, ...ask.alsoFrom ? [`repository:${ask.alsoFrom}:pull`] : []];
    let authorization = isOwn && this.#auth.isAsked ? await this.#auth.header(scopes) : undefined;
    for (let isSecond = false;; isSecond = true) {
      const early = isSecond ? undefined : await trial;
      if (isOwn && !early) await pace.ready(ask.signal ?? signal);
      const request = { signal, ...ask, url, authorization, isGuarded: !isOwn };
      const answer = early ? Promise.resolve(early) : this.#line.http.send(request);
      // A body takes its time, and has its own progress.
      const reply = await (ask.body ? answer : this.#silence.watch(answer, url.host));
      const isStranger = !isOwn || reply.hasLeft; // who gets no credentials, whatever it asks
      if (!isStranger) this.#showWarnings(reply);
      if (ask.expect.includes(reply.status)) return reply;
      if (isStranger) throw await this.#readRefusal(reply);
      const isAsking = reply.status === 401 && !isSecond;
      if (isAsking) this.#auth.noteChallenge(reply, scopes);
      else if (!isHidden(ask, reply) || !await this.#wantsToKnow(origin)) {
        throw await this.#readRefusal(reply, host);
      }
      // A body that is sent once is not ours to send again, but the next try will have the token.
      const better = ask.body && ask.once ? authorization : await this.#auth.header(scopes);
      if (better === authorization) throw await this.#readRefusal(reply, host);
      authorization = better;
      await reply.discard();
    }
  }

  #urlOf({ to }: Ask, origin: URL): URL {
    const { repository } = this.endpoint;
    if (typeof to !== "string") return to;
    return new URL(to.startsWith("/") ? to : `/v2/${repository}/${to}`, origin);
  }

  /** Asks where plain HTTP is likely: if that turns out to be spoken, the answer counts. */
  #beginTrial(ask: Ask): Trial | undefined {
    const { pace, signal } = this.retry;
    const isRead = ask.method === "GET" || ask.method === "HEAD";
    const url = isRead ? this.#line.guess() : undefined;
    return url && beginTrial(url, [ask.signal ?? signal], async (signal) => {
      await pace.ready(signal);
      const request = { ...ask, url: this.#urlOf(ask, url), signal, isTrial: true };
      return await this.#silence.watch(this.#line.http.send(request), url.host);
    });
  }

  /** Begins the connections that are expected, once: it is known by now what is spoken over them. */
  async #makeReady(origin: URL): Promise<void> {
    const count = this.#expected;
    this.#expected = 0;
    if (count > 0) await this.#line.http.expect(origin, count);
  }

  /** Finds out, once, whether a registry asks who we are that has let us ask as nobody so far. */
  async #wantsToKnow(origin: URL): Promise<boolean> {
    if (!this.#auth.isAsked) await (this.#probed ??= this.#probe(origin));
    return this.#auth.isAsked;
  }

  async #probe(origin: URL): Promise<void> {
    const { signal } = this.retry;
    const url = new URL("/v2/", origin);
    const reply = await this.#line.http.send({ method: "GET", url, signal });
    if (reply.status === 401) this.#auth.noteChallenge(reply, []);
    await reply.discard();
  }

  #readRefusal(reply: Reply, registry?: string) {
    return readRefusal(reply, this.world.now(), this.secrets, registry);
  }
}

/** Tells whether it may be there for those whom the registry knows: some say so to nobody else. */
function isHidden({ method, to }: Ask, { status }: Reply): boolean {
  return ["GET", "POST"].includes(method) && typeof to === "string" && [403, 404].includes(status);
}

/** Tells whether the registry lacks what it was asked for. */
export function isMissing(error: unknown): boolean {
  return isAnswer(error, 404);
}
