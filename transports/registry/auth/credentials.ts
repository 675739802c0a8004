/** The credentials that a registry knows us by. */
import { NixociError } from "../../../src/base/errors.ts";

export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token ("identity token"), which buys access tokens, and whose it is. */
  | { readonly kind: "identity"; readonly token: string; readonly username?: string }
  /** A bearer token that is sent as it is. */
  | { readonly kind: "token"; readonly token: string };

// What stands in for the user's name when the secret is an identity token.
const TOKEN_USER = "<token>";

/** Credentials as helpers and files write them. */
export function credentialsOf(username: string, secret: string): Credentials {
  if (username === TOKEN_USER) return { kind: "identity", token: secret };
  return { kind: "password", username, password: secret };
}

/**
 * `user:password` of `--creds`.
 * @throws NixociError `USAGE` when there is no colon in it.
 */
export function parseCreds(text: string): Credentials {
  const colon = text.indexOf(":");
  if (colon > 0) return credentialsOf(text.slice(0, colon), text.slice(colon + 1));
  throw new NixociError("USAGE", "the credentials given are not user:password");
}

/** Returns the texts that nobody may see: the secret, and the secret as it is sent. */
export function secretsOf(who: Credentials): string[] {
  const { username = "" } = who.kind === "token" ? {} : who;
  const secret = who.kind === "password" ? who.password : who.token;
  return [secret, Buffer.from(`${username}:${secret}`).toString("base64")];
}

/**
 * Formats the header of basic authentication.
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */
export function formatBasicAuth(username: string, password: string): string {
  if (username.includes(":")) {
    throw new NixociError("AUTH", "Cannot log in: a user name cannot have a colon in it");
  }
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
