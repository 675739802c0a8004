/**
 * Reads what Docker's own configuration says of engines: the current context, certificates.
 * @see https://docs.docker.com/engine/manage-resources/contexts/
 */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { readSmallFileIfThere } from "../../src/bytes/disk/small-file.ts";
import { NixociError } from "../../src/base/errors.ts";

/** Certificates in PEM, as undici's connector takes them. */
export interface Tls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly rejectUnauthorized: boolean;
}

/** An engine that somebody has given a name. */
export interface DockerContext {
  readonly name: string;
  /** Its address, as `DOCKER_HOST` has it. */
  readonly host: string;
  readonly tls: Tls | undefined;
}

/**
 * The certificates that the environment asks for, if it asks for TLS.
 * @throws NixociError `IO` when they cannot be read.
 */
export async function readEnvironmentTls(): Promise<Tls | undefined> {
  if (!process.env.DOCKER_TLS_VERIFY) return undefined;
  const rejectUnauthorized = true;
  return {
    ...await readCertificates(process.env.DOCKER_CERT_PATH || contextFolderOf()),
    rejectUnauthorized,
  };
}

/**
 * Reads the context that is chosen, by `DOCKER_CONTEXT` or in Docker's configuration.
 * @throws NixociError `NOT_FOUND` when there is none of that name, `IO`.
 */
export async function readCurrentContext(): Promise<DockerContext | undefined> {
  const name = process.env.DOCKER_CONTEXT || await readContextName();
  if (!name || name === "default") return undefined;
  const id = createHash("sha256").update(name).digest("hex");
  const meta = await readJson(join(contextFolderOf(), "contexts/meta", id, "meta.json"));
  const { Host: host, SkipTLSVerify: skip } = meta?.Endpoints?.docker ?? {};
  if (typeof host !== "string") {
    throw new NixociError("NOT_FOUND", `There is no Docker context ${JSON.stringify(name)}`, {
      hint: "see docker context ls, or name the engine with --host",
    });
  }
  const found = await readCertificates(join(contextFolderOf(), "contexts/tls", id, "docker"));
  const tls = found.ca || found.cert ? { ...found, rejectUnauthorized: skip !== true } : undefined;
  return { name, host, tls };
}

async function readContextName(): Promise<string | undefined> {
  const chosen = (await readJson(join(contextFolderOf(), "config.json")))?.currentContext;
  return typeof chosen === "string" ? chosen : undefined;
}

function contextFolderOf(): string {
  return process.env.DOCKER_CONFIG || join(homedir(), ".docker");
}

/** Reads the certificates that are there. */
async function readCertificates(folder: string): Promise<Omit<Tls, "rejectUnauthorized">> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) => readSmallFileIfThere(join(folder, name))),
  );
  return { ca, cert, key };
}

// deno-lint-ignore no-explicit-any -- somebody else's files, of which every field may be missing
async function readJson(path: string): Promise<any> {
  const bytes = await readSmallFileIfThere(path);
  try {
    return bytes && JSON.parse(bytes.toString("utf8"));
  } catch { // the reason would quote the file, which has passwords in it
    throw new NixociError("MALFORMED", `Cannot read ${path}: it is not valid JSON`);
  }
}
