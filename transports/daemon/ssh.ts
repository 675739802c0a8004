/**
 * Engines on other machines, by SSH: `ssh://[user@]host[:port][/path/of/the/socket]`, as Docker and
 * Podman have it. On that machine `docker system dial-stdio`, or Podman's, joins its standard input
 * and output to the engine; here a socket of our own joins each connection to such an ssh.
 * @see https://docs.docker.com/engine/security/protect-access/#use-ssh-to-protect-the-docker-daemon-socket
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NixociError, reasonOf } from "../../src/base/errors.ts";
import { toOneLine } from "../../src/base/text.ts";

/** A machine, and the engine's socket there. */
export interface SshTarget {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: string | undefined;
  /** The engine's usual one, where it is left out. */
  readonly socketPath?: string | undefined;
}

/** A socket here that leads to the engine there. */
export interface SshTunnel extends AsyncDisposable {
  readonly socketPath: string;
  /** Returns what ssh has said, when it has ended with a failure: why nothing is answered. */
  failure(): NixociError | undefined;
}

/**
 * Parses the address. A password in it is refused: ssh takes none.
 * @returns `undefined` for other texts.
 */
export function parseSshTarget(text: string): SshTarget | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "ssh:" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return undefined;
  }
  const [user, path] = [decodeURIComponent(url.username), decodeURIComponent(url.pathname)];
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // What begins with a dash would be a flag to ssh.
  if (host === "" || host.startsWith("-") || user.startsWith("-") || /[\0\n]/.test(path)) {
    return undefined;
  }
  return {
    host,
    user: user || undefined,
    port: url.port || undefined,
    socketPath: path === "/" || path === "" ? undefined : path,
  };
}

/** Opens a socket that leads there; ssh is started for each connection. */
export async function openSshTunnel(target: SshTarget, isPodman: boolean): Promise<SshTunnel> {
  const folder = await mkdtemp(join(tmpdir(), "nixoci-ssh-"));
  const socketPath = join(folder, "engine.sock");
  const children = new Set<ChildProcess>();
  let failure: NixociError | undefined;
  const server = createServer((socket) => {
    const child = beginSsh(listSshWords(target, isPodman));
    children.add(child);
    joinSocket(socket, child, (error) => {
      children.delete(child);
      if (error !== undefined) failure ??= explainFailure(target, error);
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(socketPath, resolve);
  await promise;
  return {
    socketPath,
    failure: () => failure,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const child of children) child.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type PipedProcess = ReturnType<typeof beginSsh>;

function beginSsh(words: readonly string[]) {
  return spawn("ssh", words, { stdio: ["pipe", "pipe", "pipe"] });
}

// Of what ssh says the end is what counts.
const MOST_SAID = 4096;

/**
 * Joins a connection to a program's standard input and output, both ways, and their ends.
 * @param end gets what the program said, where it ended with a failure.
 */
function joinSocket(socket: Socket, child: PipedProcess, end: (said?: string) => void): void {
  let said = "";
  child.stderr.on("data", (chunk) => said = (said + String(chunk)).slice(-MOST_SAID));
  child.stdin.on("error", () => {}); // it has ended, and says why
  socket.on("error", () => child.kill());
  socket.on("close", () => child.stdin.end());
  socket.pipe(child.stdin);
  child.stdout.pipe(socket, { end: false }); // not before it is known why
  child.on("error", (error) => {
    socket.destroy();
    end(reasonOf(error));
  });
  child.on("close", (status) => {
    const [last = `it ended with status ${status}`] = said.trim().split("\n").reverse();
    end(status === 0 || status === null ? undefined : toOneLine(last));
    socket.end();
  });
}

/** Returns ssh's words, the command for that machine's shell among them. */
function listSshWords({ host, user, port, socketPath }: SshTarget, isPodman: boolean): string[] {
  const quoted = socketPath && quoteWord(`unix://${socketPath}`);
  const podman = `exec podman ${quoted ? `--url ${quoted} ` : ""}system dial-stdio`;
  const docker = `exec docker ${quoted ? `--host ${quoted} ` : ""}system dial-stdio`;
  const either = `if command -v docker >/dev/null 2>&1; then ${docker}; else ${podman}; fi`;
  return [
    ...user === undefined ? [] : ["-l", user],
    ...port === undefined ? [] : ["-p", port],
    ...["-o", "ConnectTimeout=30", "-T", "--", host],
    `sh -c ${quoteWord(isPodman ? podman : either)}`,
  ];
}

function quoteWord(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function explainFailure({ host, user }: SshTarget, said: string): NixociError {
  const name = user === undefined ? host : `${user}@${host}`;
  return new NixociError("NETWORK", `ssh to ${name}: ${said}`, {
    hint: `see whether this works: ssh ${name} docker system dial-stdio`,
  });
}
