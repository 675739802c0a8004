/** Podman's API for as long as it is needed: `podman system service` at a socket of our own. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isSystemError, NixociError, reasonOf } from "../../src/base/errors.ts";
import { toOneLine } from "../../src/base/text.ts";
import { connectToFirst, type Engine } from "./engine.ts";

// It ends by itself when we are killed, and nobody has asked it for so many seconds.
const IDLE_SECONDS = 600;
const AGAIN_MS = 50;
// Of what it says the end is what counts.
const MOST_SAID = 4096;

/**
 * Starts Podman, and connects to it; it is ended with the connection.
 * @param flags of podman, that say which storage.
 * @throws NixociError `NOT_FOUND` without Podman, `NETWORK` with its words.
 */
export async function openPodmanService(
  flags: readonly string[],
  signal?: AbortSignal,
): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), "nixoci-podman-"));
  const socketPath = join(folder, "engine.sock");
  const service = beginService(
    [...flags, "system", "service", `--time=${IDLE_SECONDS}`],
    socketPath,
  );
  const stop = async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const engine = await waitForEngine(socketPath, service.ended, signal);
    return {
      ...engine,
      name: "Podman",
      async [Symbol.asyncDispose]() {
        await engine[Symbol.asyncDispose]();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Begins it; `ended` tells why it has ended, once it has. */
function beginService(words: readonly string[], socketPath: string) {
  const child = spawn("podman", [...words, `unix://${socketPath}`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  let failure: NixociError | undefined;
  child.stderr.on("data", (chunk) => said = (said + String(chunk)).slice(-MOST_SAID));
  const gone = new Promise<void>((resolve) => {
    child.on("error", (error) => {
      failure = explainStart(error);
      resolve();
    });
    child.on("close", (status) => {
      const [last = `it ended with status ${status}`] = said.trim().split("\n").reverse();
      failure ??= new NixociError("NETWORK", `Cannot use Podman's storage: ${toOneLine(last)}`, {
        hint: "see whether podman images works",
      });
      resolve();
    });
  });
  return {
    ended: () => failure,
    async stop() {
      child.kill();
      await gone;
    },
  };
}

function explainStart(error: Error): NixociError {
  if (!isSystemError(error, "ENOENT")) {
    return new NixociError("NETWORK", `Cannot start podman: ${reasonOf(error)}`, { cause: error });
  }
  return new NixociError("NOT_FOUND", "containers-storage: needs Podman, which is not installed", {
    cause: error,
    hint: "install it, or have buildah push to oci-dir:PATH or docker-archive:PATH",
  });
}

async function waitForEngine(
  socketPath: string,
  ended: () => NixociError | undefined,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  const address = { text: `unix://${socketPath}`, origin: "http://localhost", socketPath };
  for (;;) {
    const failure = ended();
    if (failure !== undefined) throw failure;
    try {
      return await connectToFirst([address], signal, "podman");
    } catch {
      signal?.throwIfAborted();
      await delay(AGAIN_MS, undefined, signal ? { signal } : {});
    }
  }
}
