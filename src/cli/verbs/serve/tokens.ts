/** Bearer tokens of `nixoci serve`: its own, by passwords, or another service's. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { NixociError } from "../../../base/errors.ts";
import { readFile } from "../../../bytes/disk/file.ts";
import { collectStream } from "../../../bytes/stream.ts";
import {
  type AllowActions,
  type Around,
  createTokenAuth,
  createTokenService,
  type RegistryCall,
} from "../../../serve/mod.ts";
import type { ServeFlags } from "./flags.ts";
import { createUserAuth, type ServeUsers } from "./htpasswd.ts";

/**
 * Makes what takes tokens, and with users what gives them; then passwords do, too.
 * @param host the address that it listens on.
 * @throws NixociError `MALFORMED` where the key's file is none, `USAGE` for a realm that is not a URL.
 */
export async function createBearerAuth(
  flags: ServeFlags,
  users: ServeUsers | undefined,
  host: () => string,
): Promise<Around[]> {
  const { "token-key": file, "token-service": service, "token-issuer": issuer } = flags;
  const key = file === undefined
    ? generateKeyPairSync("ed25519").privateKey
    : await readKey(file, users ? createPrivateKey : createPublicKey);
  const realm = readRealm(flags["token-realm"]) ??
    ((call: RegistryCall) => realmOf(call, flags["tls-cert"] !== undefined, host()));
  const byToken = createTokenAuth({ key, realm, service, ...(issuer !== undefined && { issuer }) });
  if (users === undefined) return [byToken];
  const byPassword = createUserAuth(users);
  const auth: Around = (call, next) => {
    const isPassword = /^Basic /i.test(call.headers.authorization ?? "");
    return (isPassword ? byPassword : byToken)(call, next);
  };
  const allow = createAllowing(users);
  return [createTokenService({ key, service, check: users.check, allow }), auth];
}

/** Makes what leaves to those who may only read nothing but that. */
function createAllowing({ isWriter }: ServeUsers): AllowActions {
  return (user, { type, actions }) => {
    if (type !== "repository" || isWriter(user)) return actions;
    return actions.some((action) => action === "pull" || action === "*") ? ["pull"] : [];
  };
}

/** Returns the address of our tokens, at the host that the client has reached us by. */
function realmOf({ headers }: RegistryCall, isTls: boolean, host: string): string {
  const { host: named = "" } = headers;
  const reached = /^[\w.:[\]-]+$/.test(named) ? named : host;
  return `${isTls ? "https" : "http"}://${reached}/token`;
}

function readRealm(text: string | undefined): string | undefined {
  if (text === undefined || /^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  throw new NixociError("USAGE", `--token-realm: ${JSON.stringify(text)} is not a URL`, {
    hint: "write one such as https://auth.example.com/token",
  });
}

const LARGEST = 1_000_000;

async function readKey(file: string, parse: (pem: Buffer) => KeyObject): Promise<KeyObject> {
  const pem = await collectStream(readFile(file), LARGEST, file);
  try {
    return parse(pem);
  } catch (cause) {
    const kind = parse === createPrivateKey ? "private" : "public";
    throw new NixociError("MALFORMED", `${file} is not a ${kind} key in PEM`, {
      cause,
      hint: "make one with openssl genpkey -algorithm ed25519",
    });
  }
}
