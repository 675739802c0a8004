/** Starts every peer that this machine can run, and makes the samples with them. */
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { startDocker, startPodman } from "./engines.ts";
import { makeEnvironment } from "./environment.ts";
import { startGuarded } from "./guarded.ts";
import { canMake, MAKERS, makeSample } from "./images/mod.ts";
import type { Sample } from "./images/sample.ts";
import { type Missing, missingParts, type Part } from "./parts.ts";
import type { Peers } from "./peers.ts";
import { type RegistryOptions, startRegistry } from "./registry.ts";
import { startTokenServer } from "./token-server.ts";

/** Peers that are up, and the way to end them all. */
export interface Started {
  readonly peers: Peers;
  /** Each server's name and everything that it said. */
  logs(): Promise<[name: string, log: string][]>;
  stop(): Promise<void>;
}

const USER = { user: "maria", password: "s3cret:with colon" };

/** What is being started: servers to stop again, parts that turned out not to work. */
interface Round {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly missing: Missing;
  readonly servers: { name: string; log?: () => Promise<string>; stop(): Promise<void> }[];
}

/** Starts what is installed; what does not come up is missing, with the reason. */
export async function startPeers(): Promise<Started> {
  // a short path: the name of a unix socket has at most 107 bytes
  const folder = await mkdtemp(join(tmpdir(), "nixoci-e2e-"));
  const env = await makeEnvironment(folder);
  // a server that does nothing: its guard removes the whole folder, even when we are killed
  const all = await startGuarded(["sleep", "infinity"], { folder, env, ready: () => true });
  const round: Round = { folder, env, missing: await missingParts(), servers: [] };
  const stop = async () => {
    await Promise.all(round.servers.map((server) => server.stop()));
    await all.stop();
  };
  try {
    const [registries, docker, podman] = await Promise.all([
      startRegistries(round),
      startIf(round, "docker", () => startDocker(join(folder, "docker"), env)),
      startIf(round, "podman", () => startPodman(join(folder, "podman"), env)),
    ]);
    const engines = {
      ...(docker && { docker: docker.host }),
      ...(podman && { podman: podman.host }),
    };
    const samples = await makeSamples(round, engines);
    const peers = { missing: round.missing, folder, env, registries, engines, samples };
    return { peers, stop, logs: () => collectLogs(round) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function collectLogs({ servers }: Round): Promise<[string, string][]> {
  return await Promise.all(servers.map(async ({ name, log }): Promise<[string, string]> => {
    return [name, await log?.() ?? ""];
  }));
}

/** Starts a server unless its part is missing; one that fails to start makes it so. */
async function startIf<T extends { stop(): Promise<void> }>(
  { missing, servers }: Round,
  part: Part,
  start: () => Promise<T>,
  name: string = part,
): Promise<T | undefined> {
  if (missing[part] !== undefined) return undefined;
  try {
    const server = await start();
    servers.push({ name, ...server });
    return server;
  } catch (error) {
    missing[part] = error instanceof Error ? error.message : String(error);
    return undefined;
  }
}

async function startRegistries(round: Round): Promise<Peers["registries"]> {
  const certificates = await certificatesOf(round);
  const start = async (name: string, options: Partial<RegistryOptions> = {}) => {
    const folder = join(round.folder, name);
    const all = { folder, env: round.env, ...options };
    return await startIf(round, "registry", () => startRegistry(all), name);
  };
  const creds = `${USER.user}:${USER.password}`;
  const [plain, basic, tls, token] = await Promise.all([
    start("registry"),
    round.missing.htpasswd === undefined ? start("registry-basic", { basic: USER }) : undefined,
    certificates && start("registry-tls", { tls: certificates }),
    certificates && startTokenRegistry(round, certificates, start),
  ]);
  return {
    ...(plain && { plain: { host: plain.host } }),
    ...(basic && { basic: { host: basic.host, creds } }),
    ...(token && { token: { host: token.host, creds } }),
    ...(tls && certificates && { tls: { host: tls.host, certDir: certificates.certDir } }),
  };
}

async function certificatesOf({ folder, missing }: Round): Promise<Certificates | undefined> {
  if (missing.openssl !== undefined) return undefined;
  const home = join(folder, "certificates");
  await mkdir(home, { recursive: true });
  return await makeCertificates(home);
}

/** A registry that believes tokens, and the server that hands them out. */
async function startTokenRegistry(
  round: Round,
  { ca, caKey }: Certificates,
  start: (name: string, options: Partial<RegistryOptions>) => Promise<{ host: string } | undefined>,
) {
  const tokens = await startTokenServer({ key: caKey, certificate: ca, ...USER });
  round.servers.push({ name: "tokens", stop: tokens.stop });
  return await start("registry-token", { token: { realm: tokens.realm, certificate: ca } });
}

async function makeSamples(round: Round, engines: Peers["engines"]): Promise<Sample[]> {
  const { folder, env, missing } = round;
  const samples: Sample[] = [];
  for (const maker of MAKERS) {
    if (!canMake(maker, missing)) continue;
    const host = engines[maker.name as keyof typeof engines] ?? "";
    samples.push(await makeSample(maker, { folder: join(folder, "samples"), env, host }));
  }
  return samples;
}
