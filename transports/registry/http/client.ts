/**
 * Requests to a registry and to where it sends us. Credentials go to the host that they are for,
 * and once a redirect has left it they are not taken up again (CVE-2020-15157 and its kin). What is
 * answered from then on is marked as a stranger's, so that nobody learns from it whom to trust.
 */
import { NixociError } from "../../../src/base/errors.ts";
import { type HttpRequest, type Reply, sendHttpRequest } from "../../lib/http/exchange.ts";
import type { World } from "../world.ts";
import { isUntrusted } from "./network-error.ts";
import { createReaches } from "./reach.ts";
import { createTrust, type TrustOptions } from "./trust.ts";
import { USER_AGENT } from "./user-agent.ts";

export interface ClientRequest extends HttpRequest {
  /** Sent to the URL's own origin only. */
  readonly authorization?: string | undefined;
  /** The URL is a server's word: it may not lead closer to us than the registry is. */
  readonly isGuarded?: boolean;
}

/** The result of a request and its redirects. */
export interface ClientReply extends Reply {
  /** A redirect has led to another origin on the way here, if only to come back. */
  readonly hasLeft: boolean;
}

export interface Client {
  /** Sends, and follows redirects; any status is an answer. */
  send(request: ClientRequest): Promise<ClientReply>;
  /** Makes ready for so many requests at a time, once the server of the URL has been reached. */
  expect(url: URL, count: number): Promise<void>;
  isProxied(url: URL): boolean;
  /** The least time that a server has taken to answer a request without a body, in milliseconds. */
  roundTrip(): number | undefined;
  close(): void;
}

const MAX_REDIRECTS = 10;
const REDIRECTS = [301, 302, 303, 307, 308];

/** The facts of a registry that a client is made of, as plain data. */
export interface ClientFacts extends TrustOptions {
  /** The registry's host and port. */
  readonly host: string;
  /** The least that has to come of a body, in bytes a second. */
  readonly minRate?: number | undefined;
}

export interface ClientOptions extends ClientFacts {
  /** Ends what is under way. */
  readonly signal?: AbortSignal | undefined;
  /** `false`: the lane for bodies is not taken. */
  readonly takesLane?: boolean | undefined;
}

export function createClient(options: ClientOptions, world: World): Client {
  const trusted = createTrust(options, world);
  const ways = createReaches(new URL(`https://${options.host}`), trusted, world, options);

  let roundTrip: number | undefined;
  const measure = (since: number): void => {
    roundTrip = Math.min(roundTrip ?? Infinity, performance.now() - since);
  };
  /** Takes in all the CAs there are, where those that load fast do not do. */
  const widenTrust = (error: unknown): void => {
    if (!isUntrusted((error as Error).cause) || !trusted.widen()) throw error;
    ways.renew();
  };
  return {
    isProxied: ways.isProxied,
    roundTrip: () => roundTrip,
    close: ways.close,
    expect: async (url, count) => (await ways.to(url, false)).lane?.expect(count),
    async send(request) {
      let hop = request;
      let hasLeft = false;
      for (let hops = 0; hops <= MAX_REDIRECTS;) {
        const { url, isGuarded = false, authorization, headers } = hop;
        const own = { ...authorization && { authorization }, "user-agent": USER_AGENT };
        const whole = { ...hop, headers: { ...headers, ...own } };
        const since = performance.now();
        const reply = await sendHttpRequest(whole, await ways.to(url, isGuarded)).catch(widenTrust);
        if (!reply) continue; // once more
        if (!hop.body) measure(reply.since ?? since); // to connect takes more
        const next = REDIRECTS.includes(reply.status) ? findNextUrl(reply, hop) : undefined;
        if (next === undefined) return { ...reply, hasLeft };
        await reply.discard();
        if (options.verify) checkEncryption(url, next);
        hops++;
        hasLeft ||= next.origin !== url.origin;
        hop = { ...hop, url: next, ...hasLeft && { authorization: undefined, isGuarded: true } };
      }
      const message = `${request.url.host} redirects more than ${MAX_REDIRECTS} times`;
      throw new NixociError("REFUSED", message);
    },
  };
}

/** A redirect that steps down from TLS would show everybody what TLS was to hide. */
function checkEncryption(from: URL, to: URL): void {
  if (from.protocol !== "https:" || to.protocol === "https:") return;
  throw new NixociError("UNSAFE", `${from.host} sends us to ${to.host} without encryption`, {
    hint: "a proxy before the server should set X-Forwarded-Proto: https",
  });
}

/** Finds the URL that the redirect sends a request on to; `undefined` when it is an answer. */
function findNextUrl(reply: Reply, { method, body }: ClientRequest): URL | undefined {
  const { location } = reply.headers;
  if (location === undefined) return undefined;
  const isRead = method === "GET" || method === "HEAD";
  // 301 to 303 would make a GET of it, which is not what was asked.
  const isSentOn = reply.status >= 307 && (body === undefined || body.mayMove);
  if (!isRead && !isSentOn) return undefined;
  return parseNamedUrl(location, reply.url);
}

/**
 * A URL that a server names, without user and password: those would be sent along.
 * @throws NixociError `REFUSED` when it is not an http: or https: URL.
 */
export function parseNamedUrl(text: string, base: URL): URL {
  const url = URL.parse(text, base);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new NixociError(
      "REFUSED",
      `${base.host} sends us to something that is not a web address`,
    );
  }
  url.username = url.password = url.hash = "";
  return url;
}
