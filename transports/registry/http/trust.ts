/**
 * Whom TLS trusts: the CAs that Node brings, those of the folders that docker and skopeo read for
 * a registry, and, when those do not do, the system's, which take 100 ms to load.
 * @see https://docs.docker.com/engine/security/certificates/
 * @see https://github.com/containers/image/blob/main/docs/containers-certs.d.5.md
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { SecureContext } from "node:tls";
import { readSmallFile } from "../../../src/bytes/disk/small-file.ts";
import { isSystemError, NixociError, wrapError } from "../../../src/base/errors.ts";
import { configHomeOf, type World } from "../world.ts";

/** The files and settings that a TLS connection is made with. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly secureContext: SecureContext;
}

export interface Trust {
  /** For connections to the registry itself (with its client certificate), or to another host. */
  options(toRegistry: boolean): Promise<TlsOptions>;
  /** Takes in the system's CAs; `false` when that has been done. */
  widen(): boolean;
}

export interface TrustOptions {
  /** The names that the registry's folder in certs.d may have: the host with the port. */
  readonly names: readonly string[];
  readonly certDir?: string | undefined;
  readonly verify: boolean;
}

interface Files {
  readonly authorities: readonly string[];
  readonly pair?: { readonly cert: string; readonly key: string };
}

export function createTrust({ names, certDir, verify }: TrustOptions, world: World): Trust {
  let isWide = false;
  let files: Promise<Files> | undefined;
  const contexts = new Map<boolean, Promise<TlsOptions>>();
  const make = async (toRegistry: boolean): Promise<TlsOptions> => {
    const { createSecureContext } = await import("node:tls");
    files ??= readFolders(names, certDir, world);
    const { authorities, pair } = await files.catch((error) => {
      files = undefined;
      throw error;
    });
    const given = [...authorities, ...await readCertFile(world)];
    const isPlain = given.length === 0 && !isWide;
    const ca = isPlain ? undefined : [...await listAuthorities(isWide), ...given];
    const secureContext = createSecureContext({ ...(ca && { ca }), ...(toRegistry && pair) });
    return { rejectUnauthorized: verify, secureContext };
  };
  return {
    options(toRegistry) {
      const made = contexts.get(toRegistry) ?? make(toRegistry);
      contexts.set(toRegistry, made);
      made.catch(() => contexts.delete(toRegistry)); // the next may find it mended
      return made;
    },
    widen() {
      if (isWide || !verify) return false;
      contexts.clear();
      return isWide = true;
    },
  };
}

async function listAuthorities(isWide: boolean): Promise<string[]> {
  const { getCACertificates } = await import("node:tls");
  const own = getCACertificates("default");
  return isWide ? [...new Set([...own, ...getCACertificates("system")])] : own;
}

// All the CAs of the world are 250 KB, but some bundles describe them, too.
const MAX_BUNDLE = 16 * 1024 * 1024;

/** OpenSSL's variable, which people set where the system's store is not theirs to change. */
async function readCertFile({ env }: World): Promise<string[]> {
  const path = env["SSL_CERT_FILE"];
  if (!path) return [];
  return await readSmallFile(path, MAX_BUNDLE).then((pem) => [pem.toString()], (error) => {
    throw wrapError(error, `Cannot read SSL_CERT_FILE ${path}`);
  });
}

/** `*.crt` are CAs; `NAME.cert` and `NAME.key` are a client's certificate. */
async function readFolders(
  hosts: readonly string[],
  certDir: string | undefined,
  world: World,
): Promise<Files> {
  const folders = certDir !== undefined ? [certDir] : [
    join(configHomeOf(world), "containers/certs.d"),
    join(world.etc, "containers/certs.d"),
    join(world.etc, "docker/certs.d"),
  ].flatMap((folder) => hosts.map((host) => join(folder, host)));
  for (const folder of folders) {
    const names = await readdir(folder).catch((error) => {
      if (certDir === undefined && isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
      throw wrapError(error, `Cannot read the certificates in ${folder}`);
    });
    if (names) return await readFolder(folder, names.sort());
  }
  return { authorities: [] };
}

async function readFolder(folder: string, names: readonly string[]): Promise<Files> {
  const read = async (name: string): Promise<string> =>
    (await readSmallFile(join(folder, name), MAX_BUNDLE)).toString();
  const authorities = await Promise.all(names.filter((name) => name.endsWith(".crt")).map(read));
  const certName = names.find((name) => name.endsWith(".cert"));
  if (certName === undefined) return { authorities };
  const keyName = certName.replace(/cert$/, "key");
  if (!names.includes(keyName)) {
    throw new NixociError("NOT_FOUND", `${join(folder, certName)} has no ${keyName} beside it`);
  }
  return { authorities, pair: { cert: await read(certName), key: await read(keyName) } };
}
