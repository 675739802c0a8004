/** Lists where an engine may be listening, in the order in which Docker and Podman themselves look. */
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { NixociError } from "../../src/base/errors.ts";
import { readCurrentContext, readEnvironmentTls, type Tls } from "./docker-config.ts";
import { parseSshTarget, type SshTarget } from "./ssh.ts";

/** An engine's address, and how to speak to it. */
export interface Address {
  /** As people write it: `unix:///run/docker.sock`, `tcp://host:2375`. */
  readonly text: string;
  /** The variable or file that names it, for errors; the usual sockets have none. */
  readonly from?: string;
  /** The URL that HTTP requests go to; a placeholder where there is a socket. */
  readonly origin: string;
  readonly socketPath?: string;
  /** The machine that it is on, where SSH leads there. */
  readonly ssh?: SshTarget;
  readonly tls?: Tls;
}

/** The engine that is meant where no address is named. */
export type Preference = "any" | "podman";

/**
 * The addresses to try, best first: the one that somebody has named (`--host`, `DOCKER_HOST`,
 * `CONTAINER_HOST`, the Docker context), or else the usual sockets. For those who say `podman`,
 * Podman's come first and Docker's are left out.
 * @param host from the command line.
 * @throws NixociError `USAGE` for an address that is not one, `NOT_FOUND` for a context that is not there.
 */
export async function findAddresses(
  host?: string,
  preference: Preference = "any",
): Promise<Address[]> {
  const { DOCKER_HOST, CONTAINER_HOST } = process.env;
  const tls = await readEnvironmentTls();
  if (host) return [parseAddress(host, "--host", tls)];
  const docker = DOCKER_HOST ? [parseAddress(DOCKER_HOST, "DOCKER_HOST", tls)] : [];
  const podman = CONTAINER_HOST ? [parseAddress(CONTAINER_HOST, "CONTAINER_HOST", tls)] : [];
  if (preference === "podman") {
    return podman.length > 0 ? podman : [...listPodmanSockets(), ...docker];
  }
  if (docker.length > 0) return docker;
  if (podman.length > 0) return podman;
  const context = await readCurrentContext();
  if (context === undefined) return [...listDockerSockets(), ...listPodmanSockets()];
  return [parseAddress(context.host, `the Docker context ${context.name}`, context.tls)];
}

function listDockerSockets(): Address[] {
  if (process.platform === "win32") return [socketAddressOf("//./pipe/docker_engine")];
  return listSockets("/var/run/docker.sock", "docker.sock", ".docker/run/docker.sock");
}

function listPodmanSockets(): Address[] {
  if (process.platform === "win32") return [socketAddressOf("//./pipe/podman-machine-default")];
  const machine = ".local/share/containers/podman/machine/podman.sock";
  return listSockets("/run/podman/podman.sock", "podman/podman.sock", machine);
}

/** Lists the system's socket, that of the user's session, that of a virtual machine of theirs. */
function listSockets(system: string, inSession: string, inHome: string): Address[] {
  const session = process.env.XDG_RUNTIME_DIR;
  return [system, ...(session ? [join(session, inSession)] : []), join(homedir(), inHome)]
    .map((path) => socketAddressOf(path));
}

function socketAddressOf(socketPath: string, from?: string): Address {
  const scheme = socketPath.startsWith("//./pipe/") ? "npipe" : "unix";
  const text = `${scheme}://${socketPath}`;
  return { text, origin: "http://localhost", socketPath, from };
}

function parseAddress(text: string, from: string, tls: Tls | undefined): Address {
  const [, scheme = "", rest = ""] = /^(\w+):\/\/(.+)$/.exec(text) ?? [];
  if (scheme === "unix" || scheme === "npipe") return socketAddressOf(rest, from);
  if (scheme === "tcp" || scheme === "http") return parseRemoteAddress(text, rest, from, tls);
  if (scheme === "https") {
    return parseRemoteAddress(text, rest, from, tls ?? { rejectUnauthorized: true });
  }
  const ssh = scheme === "ssh" ? parseSshTarget(text) : undefined;
  if (ssh !== undefined) return { text, from, origin: "http://localhost", ssh };
  throw addressError(from);
}

function parseRemoteAddress(
  text: string,
  rest: string,
  from: string,
  tls: Tls | undefined,
): Address {
  const url = URL.parse(`${tls ? "https" : "http"}://${rest}`);
  if (!url || url.username !== "" || url.pathname !== "/") throw addressError(from);
  // Not the URL's: it leaves out 80 and 443, which are not what Docker means by no port.
  const port = /:(\d+)\/?$/.exec(rest)?.[1] ?? (tls ? "2376" : "2375");
  const origin = `${url.protocol}//${url.hostname}:${port}`;
  return { text, from, origin, tls };
}

/** Does not repeat it: somebody may have put a password there. */
function addressError(from: string): NixociError {
  return new NixociError("USAGE", `What ${from} says is not an engine's address`, {
    hint: "write unix:///path/to/socket, tcp://host:port or ssh://user@host",
  });
}
