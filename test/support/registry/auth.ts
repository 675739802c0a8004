/** Who may do what: basic authentication, or bearer tokens from an endpoint on a port of its own. */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { collectStream } from "../../../src/bytes/stream.ts";
import { accessOf, type RepositoryAccess } from "../../../src/serve/auth/access.ts";
import { createBasicAuth, isUser } from "../../../src/serve/auth/basic.ts";
import type { Around, RegistryAnswer, RegistryCall } from "../../../src/serve/call.ts";
import { listen } from "../../../src/serve/listen.ts";
import { type Answer, asAnswer, json, problem } from "./answer.ts";

export type Users = Readonly<Record<string, string>>;

export interface BearerOptions {
  readonly users?: Users;
  /** Refresh ("identity") tokens that the OAuth2 endpoint takes. */
  readonly refreshTokens?: readonly string[];
  /** Seconds that a token is good for; fractions too. 300 by default. */
  readonly expiresIn?: number;
  /** What is said of it, where that is to differ; `null` says nothing. */
  readonly claimedExpiresIn?: number | null;
  /** Nobody may pull without credentials. */
  readonly private?: boolean;
  /** What the challenge names instead of the endpoint. */
  readonly realm?: string;
  readonly onRequest?: (request: TokenRequest, n: number) => Answer | undefined;
}

export interface TokenRequest {
  readonly method: string;
  readonly scopes: readonly string[];
  readonly service: string | null;
  readonly headers: IncomingHttpHeaders;
  readonly form: URLSearchParams;
}

export interface Guard {
  /** Answers calls that are not allowed. */
  readonly around: Around;
  readonly tokenRequests: TokenRequest[];
  /** All tokens that were given out lose their force. */
  revoke(): void;
  close(): Promise<void>;
}

export function basicGuard(users: Users): Guard {
  return {
    around: createBasicAuth(users, 'test, "registry"'),
    tokenRequests: [],
    revoke() {},
    close: () => Promise.resolve(),
  };
}

function denied(challenge: string): RegistryAnswer {
  const answer = problem(401, "UNAUTHORIZED", "authentication required");
  return asAnswer({ ...answer, headers: { ...answer.headers, "www-authenticate": challenge } });
}

interface Token {
  readonly scopes: readonly string[];
  readonly until: number;
}

export async function bearerGuard(options: BearerOptions): Promise<Guard> {
  const tokens = new Map<string, Token>();
  const tokenRequests: TokenRequest[] = [];
  const server = await listen(async (call) => {
    const asked = await askedIn(call);
    tokenRequests.push(asked);
    const answer = options.onRequest?.(asked, tokenRequests.length) ??
      grant(options, asked, tokens);
    return asAnswer(answer);
  });
  const realm = options.realm ?? `${server.url}/token`;
  return {
    tokenRequests,
    revoke: () => tokens.clear(),
    async around(call, next) {
      const access = accessOf(call);
      const token = tokens.get(call.headers.authorization?.replace(/^Bearer /, "") ?? "");
      if (token && token.until > Date.now() && access.every((one) => allows(token, one))) {
        return await next(call);
      }
      const scope = access.map(({ repository, actions }) => `repository:${repository}:${actions}`);
      const wants = scope.length === 0 ? "" : `,scope="${scope.join(" ")}"`;
      return denied(`Bearer realm="${realm}",service="test"${wants}`);
    },
    close: () => server.stop({ grace: 0 }),
  };
}

async function askedIn({ method, url, headers, body }: RegistryCall): Promise<TokenRequest> {
  const form = new URLSearchParams((await collectStream(body, 1 << 20, "a form")).toString());
  return {
    method,
    headers,
    form,
    service: url.searchParams.get("service") ?? form.get("service"),
    scopes: [...url.searchParams.getAll("scope"), ...form.getAll("scope")]
      .flatMap((scope) => scope.split(" ")),
  };
}

function grant(options: BearerOptions, asked: TokenRequest, tokens: Map<string, Token>): Answer {
  const { users = {}, refreshTokens = [], expiresIn = 300 } = options;
  const isKnown = asked.method === "POST"
    ? refreshTokens.includes(asked.form.get("refresh_token") ?? "")
    : isUser(users, asked.headers.authorization);
  const isAnonymous = asked.method === "GET" && asked.headers.authorization === undefined;
  if (!isKnown && !(isAnonymous && !options.private)) {
    return problem(401, "UNAUTHORIZED", "incorrect username or password");
  }
  const scopes = !isKnown
    ? asked.scopes.map((scope) => scope.replace(/:[^:]*$/, ":pull"))
    : asked.scopes;
  const token = `token-${randomUUID()}`;
  tokens.set(token, { scopes, until: Date.now() + expiresIn * 1000 });
  const claimed = options.claimedExpiresIn === undefined ? expiresIn : options.claimedExpiresIn;
  const name = asked.method === "POST" ? "access_token" : "token";
  return json(200, { [name]: token, ...(claimed !== null && { expires_in: claimed }) });
}

function allows(token: Token, { repository, actions }: RepositoryAccess): boolean {
  return token.scopes.some((scope) => {
    const [type, name, granted = ""] = scope.split(":");
    return type === "repository" && name === repository &&
      actions.every((action) => granted.split(",").includes(action));
  });
}
