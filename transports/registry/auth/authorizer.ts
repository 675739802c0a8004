/** Makes the `Authorization` header that the registry's challenges ask for. */
import type { Client, ClientReply } from "../http/client.ts";
import type { RetryOptions } from "../http/retry.ts";
import type { World } from "../world.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { type Credentials, formatBasicAuth, secretsOf } from "./credentials.ts";
import { fetchToken, hasRealm, type Token } from "./token.ts";

export interface Authorizer {
  /** Tells whether the registry has asked for anything. */
  readonly isAsked: boolean;
  /** Tells whether it does not know us: more than rights to something are missing. */
  isUnknown(): Promise<boolean>;
  /** For a request that needs these scopes; `undefined` when nothing is asked. */
  header(scopes: readonly string[]): Promise<string | undefined>;
  /**
   * Learns from the registry's 401 to a request with these scopes; the header may be another one
   * then. What came by way of another origin teaches nothing: its realm would get the credentials.
   */
  noteChallenge(reply: ClientReply, scopes: readonly string[]): void;
}

export interface AuthorizerOptions extends RetryOptions {
  readonly client: Client;
  /** As in references. */
  readonly registry: string;
  readonly world: World;
  /** Looked up once, when they are first wanted. */
  readonly credentials: () => Promise<Credentials | undefined>;
  /** Takes in all that was used and is not to be shown. */
  readonly secrets: Set<string>;
}

/** Basic or bearer, whichever the registry asks for; tokens are kept for each set of scopes. */
export function createAuthorizer({ credentials, ...options }: AuthorizerOptions): Authorizer {
  let found: Promise<Credentials | undefined> | undefined;
  const findCredentialsOnce = () => (found ??= credentials().then((who) => {
    if (who) secretsOf(who).forEach((secret) => options.secrets.add(secret));
    return who;
  }));
  const extra = new Map<string, string[]>();
  let challenge: (Challenge & { readonly from: URL }) | undefined;

  const tokens = createTokenCache(() => options.world.now(), async (scopes) => {
    const all = [...new Set([...scopes, ...extra.get(scopes.join(" ")) ?? []])];
    const bought = await fetchToken(challenge!, all, await findCredentialsOnce(), options);
    options.secrets.add(bought.token);
    return bought;
  });
  return {
    get isAsked() {
      return challenge !== undefined;
    },
    isUnknown: async () =>
      challenge?.scheme === "basic" || await findCredentialsOnce() === undefined,
    async header(scopes) {
      if (challenge === undefined) return undefined;
      const who = await findCredentialsOnce();
      if (who?.kind === "token") return `Bearer ${who.token}`;
      if (challenge.scheme === "bearer") return `Bearer ${(await tokens.get(scopes)).token}`;
      return who?.kind === "password" ? formatBasicAuth(who.username, who.password) : undefined;
    },
    noteChallenge(reply, scopes) {
      if (reply.hasLeft) return;
      const offered = parseChallenges(reply.headers["www-authenticate"]);
      const wanted = offered.find(hasRealm) ??
        offered.find(({ scheme }) => scheme === "basic") ??
        offered.find(({ scheme }) => scheme === "bearer");
      if (wanted === undefined) return;
      challenge = { ...wanted, from: reply.url };
      const asked = wanted.params["scope"]?.split(" ").filter((scope) =>
        !isCovering(scopes, scope)
      );
      if (asked?.length) extra.set(scopes.join(" "), asked);
      tokens.forget(scopes);
    },
  };
}

/** Tokens for sets of scopes, each bought when it is first wanted, and anew when it is too old. */
function createTokenCache(
  now: () => number,
  buy: (scopes: readonly string[]) => Promise<Token>,
): { get(scopes: readonly string[]): Promise<Token>; forget(scopes: readonly string[]): void } {
  const tokens = new Map<string, Promise<Token>>();
  const get = async (scopes: readonly string[]): Promise<Token> => {
    const key = scopes.join(" ");
    const kept = tokens.get(key);
    const still = await kept?.catch(() => undefined);
    if (still && now() < still.until) return still;
    if (tokens.get(key) !== kept) return await get(scopes); // somebody else is fetching it
    const buying = buy(scopes);
    tokens.set(key, buying);
    return await buying;
  };
  return { get, forget: (scopes) => void tokens.delete(scopes.join(" ")) };
}

/** Tells whether one of the scopes allows what the other does: `r:x:pull,push` covers `r:x:pull`. */
function isCovering(scopes: readonly string[], other: string): boolean {
  const split = (scope: string): [string, string[]] => {
    const end = scope.lastIndexOf(":");
    return [scope.slice(0, end), scope.slice(end + 1).split(",")];
  };
  const [name, actions] = split(other);
  return scopes.map(split).some(([each, allowed]) =>
    each === name && actions.every((action) => allowed.includes(action))
  );
}
