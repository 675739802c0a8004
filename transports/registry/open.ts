/** From a location and options to sessions: the one place where all that decides on them meets. */
import { NixociError } from "../../src/base/errors.ts";
import { type ImageReference, parseReference } from "../../src/image/reference.ts";
import { type Credentials, parseCreds } from "./auth/credentials.ts";
import { findCredentials } from "./auth/find.ts";
import { endpointsOf, isMeantFor, namedEndpoint } from "./config/endpoints.ts";
import { readRules } from "./config/registries-conf.ts";
import type { Place } from "./read/source.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Session, session } from "./session.ts";
import type { World } from "./world.ts";
import type { RegistrySideOptions } from "./options.ts";

/** `[//]reference`: the slashes are skopeo's. */
export function parseLocation(location: string): ImageReference {
  return parseReference(location.replace(/^\/\//, ""));
}

/** The places that the reference can be read from: its mirrors, the registry itself last. */
export async function openAll(
  reference: ImageReference,
  options: RegistrySideOptions,
  world: World,
): Promise<Place[]> {
  const { registriesConf, tlsVerify } = options.registry ?? {};
  const rules = await readRules(registriesConf, world);
  const endpoints = endpointsOf(reference, rules, tlsVerify);
  return endpoints.map((endpoint) => ({
    session: open(endpoint, "pull", endpoint === endpoints.at(-1), options, world),
    isMeantFor: (wanted) => isMeantFor(endpoint, wanted),
  }));
}

/** A session with the registry that is named. */
export async function openOne(
  reference: ImageReference,
  action: "pull" | "pull,push",
  options: RegistrySideOptions,
  world: World,
): Promise<Session> {
  const { registriesConf, tlsVerify } = options.registry ?? {};
  const endpoint = namedEndpoint(reference, await readRules(registriesConf, world), tlsVerify);
  return open(endpoint, action, true, options, world);
}

function open(
  endpoint: Endpoint,
  action: "pull" | "pull,push",
  isNamed: boolean,
  options: RegistrySideOptions,
  world: World,
): Session {
  return session(endpoint, {
    action,
    signal: options.signal,
    onNotice: options.onNotice,
    certDir: isNamed ? options.registry?.certDir : undefined,
    credentials: credentialsFor(endpoint, isNamed, options, world),
  }, world);
}

/** Returns what the user gave for the named registry; mirrors have to do with the files. */
function credentialsFor(
  endpoint: Endpoint,
  isNamed: boolean,
  options: RegistrySideOptions,
  world: World,
): () => Promise<Credentials | undefined> {
  const { onNotice, signal, registry = {} } = options;
  const { creds, token, anonymous, authFile } = registry;
  if ([creds, token, anonymous || undefined].filter((given) => given !== undefined).length > 1) {
    throw new NixociError("USAGE", "Give credentials, a token or neither, not several of them");
  }
  if (anonymous) return () => Promise.resolve(undefined);
  if (isNamed && token !== undefined) return () => Promise.resolve({ kind: "token", token });
  const given = isNamed && creds !== undefined ? parseCreds(creds) : undefined;
  if (given) return () => Promise.resolve(given);
  return () => findCredentials(endpoint, { authFile, onNotice, signal }, world);
}
