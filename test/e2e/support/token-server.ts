/**
 * A token server for a registry: bearer tokens as distribution 2.8 checks them.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 */
import { createSign, randomUUID, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface TokenServerOptions {
  /** PEM files of the key that signs, and of its certificate, which the registry trusts. */
  readonly key: string;
  readonly certificate: string;
  readonly user: string;
  readonly password: string;
  /** Seconds that a token is good for. */
  readonly lifetime?: number;
}

export interface TokenServer {
  /** What the registry names as `realm`. */
  readonly realm: string;
  stop(): Promise<void>;
}

export const ISSUER = "nixoci test tokens";
export const SERVICE = "nixoci test registry";

/** One resource and the actions that are asked for it. */
interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** Serves tokens on loopback: everything for the user, `pull` of `public/…` for everybody. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const sign = await signer(options);
  const server = createServer((request, response) => {
    if (request.method !== "GET") return refuse(response, 404);
    const known = credentialsOf(request);
    if (known !== undefined && known !== `${options.user}:${options.password}`) {
      return refuse(response, 401);
    }
    const query = new URL(request.url ?? "/", "http://localhost").searchParams;
    const token = sign(query.getAll("scope").flatMap((scope) => granted(scope, known)));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ token, expires_in: options.lifetime ?? 300 }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function credentialsOf(request: IncomingMessage): string | undefined {
  const [scheme, value] = (request.headers.authorization ?? "").split(" ");
  return scheme === "Basic" && value !== undefined ? atob(value) : undefined;
}

function refuse(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

/** A scope is `type:name:actions`; several are separated by spaces, or are parameters each. */
function granted(scope: string, known: string | undefined): Access[] {
  return scope.split(" ").flatMap((one) => {
    const [type = "", name = "", actions = ""] = one.split(":");
    const asked = actions.split(",");
    if (known !== undefined) return [{ type, name, actions: asked }];
    const free = asked.filter((action) => action === "pull" && name.startsWith("public/"));
    return free.length === 0 ? [] : [{ type, name, actions: free }];
  });
}

async function signer(
  { key, certificate, lifetime = 300 }: TokenServerOptions,
): Promise<(access: Access[]) => string> {
  const secret = await readFile(key);
  const chain = [new X509Certificate(await readFile(certificate)).raw.toString("base64")];
  const header = encode({ typ: "JWT", alg: "RS256", x5c: chain });
  return (access) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = encode({
      iss: ISSUER,
      sub: "",
      aud: SERVICE,
      exp: now + lifetime,
      nbf: now - 10,
      iat: now - 10,
      jti: randomUUID(),
      access,
    });
    const signature = createSign("RSA-SHA256").update(`${header}.${claims}`).sign(secret);
    return `${header}.${claims}.${signature.toString("base64url")}`;
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
