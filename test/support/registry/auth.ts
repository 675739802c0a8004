/** Who may do what: basic authentication, or bearer tokens from an endpoint on a port of its own. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type Answer, bodyOf, json, problem, send } from "./answer.ts";

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

/** One thing to be done: `pull` or `push` or `delete` in a repository. */
export interface Access {
  readonly repository: string;
  readonly actions: readonly string[];
}

export interface Guard {
  /** What to answer when these may not be; `undefined` when they may. */
  check(headers: IncomingHttpHeaders, access: readonly Access[]): Answer | undefined;
  readonly tokenRequests: TokenRequest[];
  /** All tokens that were given out lose their force. */
  revoke(): void;
  close(): Promise<void>;
}

export function basicGuard(users: Users): Guard {
  return {
    tokenRequests: [],
    revoke() {},
    close: () => Promise.resolve(),
    check({ authorization }) {
      if (userOf(authorization, users) !== undefined) return undefined;
      return denied([`Basic realm="test, \\"registry\\"", charset="UTF-8"`]);
    },
  };
}

function denied(challenges: string[]): Answer {
  const answer = problem(401, "UNAUTHORIZED", "authentication required");
  return { ...answer, headers: { ...answer.headers, "www-authenticate": challenges } };
}

function userOf(authorization: string | undefined, users: Users): string | undefined {
  const [scheme, value = ""] = (authorization ?? "").split(" ");
  if (scheme !== "Basic") return undefined;
  const text = Buffer.from(value, "base64").toString();
  const user = text.slice(0, text.indexOf(":"));
  return users[user] === text.slice(user.length + 1) ? user : undefined;
}

interface Token {
  readonly scopes: readonly string[];
  readonly until: number;
}

export async function bearerGuard(options: BearerOptions): Promise<Guard> {
  const tokens = new Map<string, Token>();
  const tokenRequests: TokenRequest[] = [];
  const server = createServer(async (request, response) => {
    const { searchParams: query } = new URL(request.url ?? "/", "http://localhost");
    const form = new URLSearchParams((await bodyOf(request)).toString());
    const asked: TokenRequest = {
      method: request.method ?? "",
      headers: request.headers,
      form,
      service: query.get("service") ?? form.get("service"),
      scopes: [...query.getAll("scope"), ...form.getAll("scope")].flatMap((s) => s.split(" ")),
    };
    tokenRequests.push(asked);
    const answer = options.onRequest?.(asked, tokenRequests.length) ??
      grant(options, asked, tokens);
    send(request, response, answer);
  });
  const realm = options.realm ?? `${await listen(server)}/token`;
  return {
    tokenRequests,
    revoke: () => tokens.clear(),
    check(headers, access) {
      const token = tokens.get(headers.authorization?.replace(/^Bearer /, "") ?? "");
      if (token && token.until > Date.now() && access.every((one) => allows(token, one))) {
        return undefined;
      }
      const scope = access.map(({ repository, actions }) => `repository:${repository}:${actions}`);
      const wants = scope.length === 0 ? "" : `,scope="${scope.join(" ")}"`;
      return denied([`Bearer realm="${realm}",service="test"${wants}`]);
    },
    close: () => close(server),
  };
}

function grant(options: BearerOptions, asked: TokenRequest, tokens: Map<string, Token>): Answer {
  const { users = {}, refreshTokens = [], expiresIn = 300 } = options;
  const user = asked.method === "POST"
    ? refreshTokens.find((token) => token === asked.form.get("refresh_token"))
    : userOf(asked.headers.authorization, users);
  const isAnonymous = asked.method === "GET" && asked.headers.authorization === undefined;
  if (user === undefined && !(isAnonymous && !options.private)) {
    return problem(401, "UNAUTHORIZED", "incorrect username or password");
  }
  const scopes = user === undefined
    ? asked.scopes.map((scope) => scope.replace(/:[^:]*$/, ":pull"))
    : asked.scopes;
  const token = `token-${randomUUID()}`;
  tokens.set(token, { scopes, until: Date.now() + expiresIn * 1000 });
  const claimed = options.claimedExpiresIn === undefined ? expiresIn : options.claimedExpiresIn;
  const name = asked.method === "POST" ? "access_token" : "token";
  return json(200, { [name]: token, ...(claimed !== null && { expires_in: claimed }) });
}

function allows(token: Token, { repository, actions }: Access): boolean {
  return token.scopes.some((scope) => {
    const [type, name, granted = ""] = scope.split(":");
    return type === "repository" && name === repository &&
      actions.every((action) => granted.split(",").includes(action));
  });
}

/** Listens on a free port of loopback; the base URL. */
export async function listen(server: Server, protocol = "http"): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}
