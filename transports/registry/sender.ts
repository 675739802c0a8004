/** Sending to a registry as it wants it: with what it asks for, at its pace, heeding nobody else. */
import type { Authorizer } from "./auth/authorizer.ts";
import type { Client, ClientReply } from "./http/client.ts";
import type { Reply } from "../lib/http/exchange.ts";
import type { Pace } from "./http/pace.ts";
import { readRefusal } from "./http/refusal.ts";
import { createWarner } from "./http/warning.ts";
import type { Ask, SessionOptions } from "./ask.ts";
import type { Endpoint } from "./endpoint.ts";
import type { World } from "./world.ts";

export interface SenderOptions extends SessionOptions {
  readonly http: Client;
  readonly auth: Authorizer;
  readonly pace: Pace;
  readonly secrets: ReadonlySet<string>;
}

/**
 * Sends once, and once more when the registry wants to know who we are.
 * @throws HttpFailure for statuses that were not expected.
 */
export type Sender = (origin: URL, ask: Ask) => Promise<ClientReply>;

export function createSender(options: SenderOptions, endpoint: Endpoint, world: World): Sender {
  const { http, auth, pace, signal, secrets, action } = options;
  const showWarnings = createWarner(endpoint.host, secrets, options.onNotice);
  const own = action === "none" ? [] : [`repository:${endpoint.repository}:${action}`];
  const wantsToKnow = createChallengeProbe(http, auth, signal);
  const refused = (reply: Reply, registry: string | undefined) =>
    readRefusal(reply, world.now(), secrets, registry);
  return async (origin, ask) => {
    const { to } = ask;
    const url = typeof to !== "string"
      ? to
      : new URL(to.startsWith("/") ? to : `/v2/${endpoint.repository}/${to}`, origin);
    const isOwn = url.origin === origin.origin;
    const scopes = ask.alsoFrom ? [...own, `repository:${ask.alsoFrom}:pull`] : own;
    let authorization = isOwn ? await auth.header(scopes) : undefined;
    for (let isSecond = false;; isSecond = true) {
      if (isOwn) await pace.ready(ask.signal ?? signal);
      const reply = await http.send({ signal, ...ask, url, authorization, isGuarded: !isOwn });
      const isStranger = !isOwn || reply.hasLeft; // who gets no credentials, whatever it asks
      if (!isStranger) showWarnings(reply);
      if (ask.expect.includes(reply.status)) return reply;
      if (isStranger) throw await refused(reply, undefined);
      const isAsking = reply.status === 401 && !isSecond;
      if (isAsking) auth.noteChallenge(reply, scopes);
      else if (!isHidden(ask, reply) || !await wantsToKnow(origin)) {
        throw await refused(reply, endpoint.host);
      }
      // A body that is sent once is not ours to send again, but the next try will have the token.
      const better = ask.body && ask.once ? authorization : await auth.header(scopes);
      if (better === authorization) throw await refused(reply, endpoint.host);
      authorization = better;
      await reply.discard();
    }
  };
}

/** Tells whether it may be there for those whom the registry knows: some say so to nobody else. */
function isHidden({ method, to }: Ask, { status }: Reply): boolean {
  return ["GET", "POST"].includes(method) && typeof to === "string" && [403, 404].includes(status);
}

/** Finds out, once, whether a registry asks who we are that has let us ask as nobody so far. */
function createChallengeProbe(
  http: Client,
  auth: Authorizer,
  signal: AbortSignal | undefined,
): (origin: URL) => Promise<boolean> {
  let looked: Promise<void> | undefined;
  const look = async (origin: URL): Promise<void> => {
    const reply = await http.send({ method: "GET", url: new URL("/v2/", origin), signal });
    if (reply.status === 401) auth.noteChallenge(reply, []);
    await reply.discard();
  };
  return async (origin) => {
    if (!auth.isAsked) await (looked ??= look(origin));
    return auth.isAsked;
  };
}
