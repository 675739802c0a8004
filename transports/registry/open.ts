/** From an image's name and options to sessions: the one place where all that decides on them meets. */
import { NixociError } from "../../src/base/errors.ts";
import type { ImageReference } from "../../src/image/reference.ts";
import type { SessionOptions } from "./ask.ts";
import { parseCreds } from "./auth/credentials.ts";
import { findCredentials } from "./auth/find-credentials.ts";
import { endpointsOf, findNamedEndpoint, type PullEndpoint } from "./config/endpoints.ts";
import { readRules } from "./config/registries-conf.ts";
import type { RegistrySideOptions } from "./options.ts";
import { openSession, type Session } from "./session.ts";
import type { World } from "./world.ts";

/** A place that an image can be read from. */
export interface Mirror {
  readonly endpoint: PullEndpoint;
  readonly session: Session;
}

/** Opens sessions with all places that the image can be read from: mirrors, the registry itself last. */
export async function openMirrors(
  image: ImageReference,
  options: RegistrySideOptions,
  world: World,
): Promise<Mirror[]> {
  const { registriesConf, tlsVerify } = options.registry ?? {};
  const endpoints = endpointsOf(image, await readRules(registriesConf, world), tlsVerify);
  return endpoints.map((endpoint) => {
    const isNamed = endpoint === endpoints.at(-1);
    const how = { ...createSessionOptions(options, isNamed, world), action: "pull" } as const;
    return { endpoint, session: openSession(endpoint, how, world) };
  });
}

/** Opens a session with the registry that is named, and with no other. */
export async function openNamed(
  image: ImageReference,
  action: "pull" | "pull,push",
  options: RegistrySideOptions,
  world: World,
): Promise<Session> {
  const { registriesConf, tlsVerify } = options.registry ?? {};
  const endpoint = findNamedEndpoint(image, await readRules(registriesConf, world), tlsVerify);
  return openSession(endpoint, { ...createSessionOptions(options, true, world), action }, world);
}

/** Says who asks, and how. What the user gave is for the named registry; mirrors get the files'. */
function createSessionOptions(
  { signal, onNotice, registry = {} }: RegistrySideOptions,
  isNamed: boolean,
  world: World,
): Omit<SessionOptions, "action"> {
  const { creds, token, anonymous, authFile, certDir } = registry;
  if ([creds, token, anonymous || undefined].filter((given) => given !== undefined).length > 1) {
    throw new NixociError("USAGE", "Give credentials, a token or neither, not several of them");
  }
  const common = { signal, onNotice, certDir: isNamed ? certDir : undefined };
  if (anonymous) return { ...common, credentials: () => Promise.resolve(undefined) };
  const given = !isNamed
    ? undefined
    : token !== undefined
    ? { kind: "token", token } as const
    : creds !== undefined
    ? parseCreds(creds)
    : undefined;
  if (given) return { ...common, credentials: () => Promise.resolve(given) };
  const where = { authFile, onNotice, signal };
  return { ...common, credentials: (endpoint) => findCredentials(endpoint, where, world) };
}
