/** Where an engine may be listening, in the order in which Docker and Podman themselves look. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { during, isSystemError, NixociError } from "../../src/errors.ts";

/** An engine's address, and how to speak to it. */
export interface Address {
  /** As people write it: `unix:///run/docker.sock`, `tcp://host:2375`. */
  readonly text: string;
  /** Who names it, for errors; nobody names the usual sockets. */
  readonly from?: string;
  /** What HTTP requests go to; a placeholder where there is a socket. */
  readonly origin: string;
  readonly socketPath?: string;
  readonly tls?: Tls;
}

/** Certificates in PEM. */
export interface Tls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly rejectUnauthorized: boolean;
}

/**
 * The addresses to try, best first: the one that somebody has named (`--host`, `DOCKER_HOST`,
 * `CONTAINER_HOST`, the Docker context), or else the usual sockets.
 * @param host from the command line.
 * @throws NixociError `USAGE` for an address that is none, `UNSUPPORTED` for SSH, `NOT_FOUND` for a
 * context or certificates that are not there.
 */
export async function addresses(host: string | undefined): Promise<Address[]> {
  const { DOCKER_HOST, CONTAINER_HOST } = process.env;
  if (host) return [await parseAddress(host, "--host")];
  if (DOCKER_HOST) return [await parseAddress(DOCKER_HOST, "DOCKER_HOST")];
  if (CONTAINER_HOST) return [await parseAddress(CONTAINER_HOST, "CONTAINER_HOST")];
  const context = await currentContext();
  return context === undefined ? usualSockets() : [context];
}

function usualSockets(): Address[] {
  const runtime = process.env.XDG_RUNTIME_DIR;
  const paths = process.platform === "win32"
    ? ["//./pipe/docker_engine", "//./pipe/podman-machine-default"]
    : [
      "/var/run/docker.sock",
      ...(runtime ? [join(runtime, "docker.sock")] : []),
      join(homedir(), ".docker/run/docker.sock"),
      "/run/podman/podman.sock",
      ...(runtime ? [join(runtime, "podman/podman.sock")] : []),
    ];
  return paths.map((path) => socket(path));
}

function socket(socketPath: string, from?: string): Address {
  const scheme = socketPath.startsWith("//./pipe/") ? "npipe" : "unix";
  const text = `${scheme}://${socketPath}`;
  return { text, origin: "http://localhost", socketPath, ...(from !== undefined && { from }) };
}

async function parseAddress(text: string, from: string): Promise<Address> {
  const [, scheme = "", rest = ""] = /^(\w+):\/\/(.+)$/.exec(text) ?? [];
  if (scheme === "unix" || scheme === "npipe") return socket(rest, from);
  if (scheme === "tcp" || scheme === "http" || scheme === "https") {
    const secure = scheme === "https" || Boolean(process.env.DOCKER_TLS_VERIFY);
    const tls = secure ? await certificates(environmentCertificates(), true) : undefined;
    return remote(text, rest, from, tls);
  }
  if (scheme === "ssh") {
    throw new NixociError(
      "UNSUPPORTED",
      `Cannot reach the engine at ${text}: SSH is not supported`,
      {
        hint:
          "forward its socket, ssh -L /tmp/engine.sock:/var/run/docker.sock HOST, and name that " +
          "with --host unix:///tmp/engine.sock",
      },
    );
  }
  throw new NixociError("USAGE", `${JSON.stringify(text)} (${from}) is not an engine's address`, {
    hint: "write unix:///path/to/socket or tcp://host:port",
  });
}

function remote(text: string, rest: string, from: string, tls: Tls | undefined): Address {
  const url = URL.parse(`${tls ? "https" : "http"}://${rest}`);
  if (!url || url.username !== "" || url.pathname !== "/") {
    throw new NixociError("USAGE", `The engine's address in ${from} is not host:port`);
  }
  const port = url.port || (tls ? "2376" : "2375");
  const origin = `${url.protocol}//${url.hostname}:${port}`;
  return { text, from, origin, ...(tls && { tls }) };
}

function environmentCertificates(): string {
  return process.env.DOCKER_CERT_PATH || dockerFolder();
}

function dockerFolder(): string {
  return process.env.DOCKER_CONFIG || join(homedir(), ".docker");
}

/** `ca.pem`, `cert.pem` and `key.pem` of a folder; those that are there. */
async function certificates(folder: string, rejectUnauthorized: boolean): Promise<Tls> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) => readIfThere(join(folder, name))),
  );
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), rejectUnauthorized };
}

/**
 * The address in the current Docker context, if one is chosen.
 * @see https://docs.docker.com/engine/manage-resources/contexts/
 */
async function currentContext(): Promise<Address | undefined> {
  const name = process.env.DOCKER_CONTEXT || await chosenContext();
  if (!name || name === "default") return undefined;
  const from = `the Docker context ${JSON.stringify(name)}`;
  const id = createHash("sha256").update(name).digest("hex");
  const meta = await readJson(join(dockerFolder(), "contexts/meta", id, "meta.json"));
  const { Host: host, SkipTLSVerify: skip } = meta?.Endpoints?.docker ?? {};
  if (typeof host !== "string") {
    throw new NixociError("NOT_FOUND", `Cannot find an engine: there is no ${from}`, {
      hint: "see docker context ls, or name the engine with --host",
    });
  }
  const address = await parseAddress(host, from);
  if (address.socketPath !== undefined) return address;
  const tls = await certificates(join(dockerFolder(), "contexts/tls", id, "docker"), skip !== true);
  const rest = host.slice(host.indexOf("://") + 3);
  return tls.ca || tls.cert ? remote(host, rest, from, tls) : address;
}

async function chosenContext(): Promise<string | undefined> {
  const chosen = (await readJson(join(dockerFolder(), "config.json")))?.currentContext;
  return typeof chosen === "string" ? chosen : undefined;
}

// deno-lint-ignore no-explicit-any -- somebody else's files, of which every field may be missing
async function readJson(path: string): Promise<any> {
  const bytes = await readIfThere(path);
  try {
    return bytes && JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw during(error, `Cannot read ${path}`);
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw during(error, `Cannot read ${path}`);
  }
}
