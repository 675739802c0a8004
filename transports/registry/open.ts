/** Says how sessions are made: whatever options and files decide on that meets here. */
import { NixociError } from "../../src/base/errors.ts";
import type { ImageReference } from "../../src/image/reference.ts";
import type { SessionOptions } from "./ask.ts";
import { parseCreds } from "./auth/credentials.ts";
import { findCredentials } from "./auth/find-credentials.ts";
import { findNamedEndpoint } from "./config/endpoints.ts";
import { readRules } from "./config/registries-conf.ts";
import type { RegistrySideOptions } from "./options.ts";
import { RegistrySession, type Session } from "./session.ts";
import type { World } from "./world.ts";

/** Opens a session with the registry that is named, and with no other. */
export async function openNamed(
  image: ImageReference,
  action: "pull" | "pull,push",
  options: RegistrySideOptions,
  world: World,
): Promise<Session> {
  const { registriesConf, tlsVerify } = options.registry ?? {};
  const endpoint = findNamedEndpoint(image, await readRules(registriesConf, world), tlsVerify);
  return new RegistrySession(
    endpoint,
    { ...createSessionOptions(options, true, world), action },
    world,
  );
}

/** Says who asks, and how. What the user gave is for the named registry; mirrors get the files'. */
export function createSessionOptions(
  { signal, onNotice, jobs, registry = {} }: RegistrySideOptions,
  isNamed: boolean,
  world: World,
): Omit<SessionOptions, "action"> {
  const { creds, token, anonymous, authFile, retry: retries, minRate = MIN_RATE, perSecond } =
    registry;
  if ([creds, token, anonymous || undefined].filter((given) => given !== undefined).length > 1) {
    throw new NixociError("USAGE", "Give credentials, a token or neither, not several of them");
  }
  checkWhole("--retry", retries, MAX_RETRIES);
  checkWhole("--min-rate", minRate, MAX_RATE);
  const certDir = isNamed ? registry.certDir : undefined;
  const common = {
    signal,
    onNotice,
    retries,
    minRate,
    isNamed,
    jobs,
    certDir,
    ...isNamed && { perSecond },
  };
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

function checkWhole(flag: string, value = 0, most: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  throw new NixociError("USAGE", `${flag}: it must be a whole number up to ${most}`);
}

// With the longest pause between them, an hour and a half.
const MAX_RETRIES = 100;
// In bytes a second. Six transfers at a time over a modem are faster, and 60 kB a minute not worth it.
const MIN_RATE = 1024;
const MAX_RATE = 1024 ** 3;
