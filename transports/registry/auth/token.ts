/**
 * Bearer tokens, from the server that a challenge names.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import { streamBytes } from "../../../src/bytes/stream.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import { type Client, type ClientRequest, parseNamedUrl } from "../http/client.ts";
import { readRefusal } from "../http/refusal.ts";
import { type RetryOptions, runWithRetries } from "../http/retry.ts";
import type { World } from "../world.ts";
import type { Challenge } from "./challenge.ts";
import { type Credentials, formatBasicAuth } from "./credentials.ts";
import { parseSecretJson } from "./secret-json.ts";

export interface Token {
  readonly token: string;
  /** The time of its end, in milliseconds since the epoch, with a margin. */
  readonly until: number;
}

export interface TokenOptions extends RetryOptions {
  readonly client: Client;
  /** As in references. */
  readonly registry: string;
  readonly world: World;
  /** Texts that are not shown when the server repeats them. */
  readonly secrets: Iterable<string>;
}

const MAX_BODY = 1024 * 1024;
// Servers that do not say mean 60 seconds, and tokens live no shorter (distribution's token spec).
const DEFAULT_LIFETIME = 60;
// A token is given up this much before its end, or a tenth of its life: it travels, too.
const MARGIN = 10_000;

// What token servers say to POST that know GET alone.
const NO_OAUTH = [404, 405];

/**
 * A token for the scopes, bought with the credentials or as nobody.
 * @throws NixociError `AUTH` when it is refused, `UNSAFE` when the challenge names a server that
 * we should not talk to.
 */
export async function fetchToken(
  challenge: Challenge & { readonly from: URL },
  scopes: readonly string[],
  who: Credentials | undefined,
  { client, registry, world, signal, onNotice, secrets }: TokenOptions,
): Promise<Token> {
  const realm = realmOf(challenge);
  try {
    return await runWithRetries(world, { signal, onNotice }, async () => {
      const asked = world.now();
      const isGuarded = realm.host !== challenge.from.host;
      const ask = (as: Credentials | undefined): Promise<Reply> => {
        const request = createTokenRequest(realm, challenge.params["service"], scopes, as);
        return client.send({ ...request, signal, isGuarded });
      };
      let reply = await ask(who);
      const other = passwordOf(who);
      if (other && NO_OAUTH.includes(reply.status)) {
        await reply.discard();
        reply = await ask(other);
      }
      if (reply.status !== 200) throw await readRefusal(reply, world.now(), secrets, registry);
      return readToken(await reply.bytes(MAX_BODY), asked);
    });
  } catch (error) {
    throw wrapError(error, `Cannot get a token for ${registry}`);
  }
}

/**
 * Returns the URL of the token server, only as safe as the registry itself, or safer: `https:`
 * unless the registry speaks HTTP.
 */
function realmOf(challenge: Challenge & { readonly from: URL }): URL {
  const { params, from } = challenge;
  if (!hasRealm(challenge)) {
    throw new NixociError("REFUSED", `${from.host} does not say where its token server is`);
  }
  const realm = parseNamedUrl(params["realm"]!, from);
  if (realm.protocol === "https:" || from.protocol === "http:") return realm;
  throw new NixociError(
    "UNSAFE",
    `${from.host} wants credentials to be sent to ${realm.host} without encryption`,
  );
}

/** Returns an identity token as the password that it is where there is no OAuth2 (Azure's registries). */
function passwordOf(who: Credentials | undefined): Credentials | undefined {
  if (who?.kind !== "identity" || who.username === undefined) return undefined;
  return { kind: "password", username: who.username, password: who.token };
}

/** Tells whether the challenge says where a token is to be had. */
export function hasRealm({ scheme, params: { realm = "" } }: Challenge): boolean {
  return scheme === "bearer" && (URL.canParse(realm) || realm.startsWith("/"));
}

function createTokenRequest(
  realm: URL,
  service: string | undefined,
  scopes: readonly string[],
  who: Credentials | undefined,
): ClientRequest {
  const fields: [string, string][] = service === undefined ? [] : [["service", service]];
  if (who?.kind === "identity") {
    fields.push(["grant_type", "refresh_token"], ["refresh_token", who.token]);
    fields.push(["client_id", "nixoci"], ["scope", scopes.join(" ")]);
    const form = Buffer.from(new URLSearchParams(fields).toString());
    return {
      method: "POST",
      url: realm,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: { size: form.length, open: () => streamBytes(form) },
    };
  }
  const url = new URL(realm);
  for (const [name, value] of fields) url.searchParams.set(name, value);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const authorization = who?.kind === "password"
    ? formatBasicAuth(who.username, who.password)
    : undefined;
  return { method: "GET", url, authorization };
}

function readToken(body: Uint8Array, asked: number): Token {
  const answer = parseSecretJson(body.toString(), "the token server's answer");
  const { token, access_token: access, expires_in: lifetime } = answer;
  const text = token || access;
  // Whatever is not visible ASCII could end the header that it is put into.
  if (typeof text !== "string" || !/^[\x21-\x7e]+$/.test(text)) {
    throw new NixociError("MALFORMED", "the token server's answer has no token in it");
  }
  const seconds = typeof lifetime === "number" && lifetime > 0 ? lifetime : DEFAULT_LIFETIME;
  return { token: text, until: asked + seconds * 1000 - Math.min(MARGIN, seconds * 100) };
}
