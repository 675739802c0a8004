/**
 * Reads and writes named pipes and character devices, whose other end may make us wait: in open(2),
 * read(2) or write(2), and so in a thread of ours. Node does not exit before such a thread returns,
 * and nothing can interrupt it; but we can do what it waits for, and be the other end for a moment.
 */
import { constants, type FileHandle, open, stat } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { lendBuffer, returnBuffer } from "../pool.ts";
import { type ByteStream, CHUNK_SIZE } from "../stream.ts";
import { wrapError } from "../../base/errors.ts";

/** Tells whether the path is a FIFO or a character device: a shell's `<(command)`, `/dev/stdin`. */
export async function isNamedPipe(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isFIFO() || found.isCharacterDevice();
  } catch {
    return false; // opening it, which comes next, gives a better error
  }
}

/**
 * Reads a named pipe to its end.
 * @throws from the stream, NixociError `IO`; the signal's reason.
 */
export async function* readNamedPipe(path: string, signal?: AbortSignal): ByteStream {
  const doing = <T>(action: () => Promise<T>) =>
    waitForPeer(action, { path, as: "reader", signal });
  const handle = await doing(() => open(path, "r"));
  const buffer = lendBuffer(CHUNK_SIZE);
  try {
    for (;;) {
      const { bytesRead } = await doing(() => handle.read(buffer, 0, buffer.length, null));
      signal?.throwIfAborted(); // these bytes may be our own, written to end the wait
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
    returnBuffer(buffer);
  }
}

/** The writer's end of a named pipe. */
export interface PipeEnd {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a named pipe to write to it; waits for its reader.
 * @throws here and from `write`, NixociError `IO`; the signal's reason.
 */
export async function openNamedPipe(path: string, signal?: AbortSignal): Promise<PipeEnd> {
  const doing = <T>(action: () => Promise<T>) =>
    waitForPeer(action, { path, as: "writer", signal });
  const handle = await doing(() => open(path, "w"));
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length;) {
        at += (await doing(() => handle.write(bytes, at, bytes.length - at, null))).bytesWritten;
      }
    },
    close: () => handle.close(),
  };
}

interface PeerWait {
  readonly path: string;
  readonly as: "reader" | "writer";
  readonly signal: AbortSignal | undefined;
}

/** Does something that may wait for the other end, but not longer than until the signal. */
async function waitForPeer<T>(
  action: () => Promise<T>,
  { path, as, signal }: PeerWait,
): Promise<T> {
  signal?.throwIfAborted();
  let waits = true;
  // Where that is not allowed, the thread goes on waiting.
  const stop = () =>
    void (as === "reader" ? feedReader(path) : drainWriter(path, () => waits)).catch(() => {});
  signal?.addEventListener("abort", stop);
  try {
    return await action();
  } catch (error) {
    signal?.throwIfAborted();
    throw wrapError(error, `Cannot ${as === "reader" ? "read" : "write to"} ${path}`);
  } finally {
    waits = false;
    signal?.removeEventListener("abort", stop);
  }
}

/** Gives a waiting reader something to read. */
async function feedReader(path: string): Promise<void> {
  await withPeer(path, async (peer) => void await peer.write("\0"));
}

/** Makes room for a waiting writer. */
async function drainWriter(path: string, waits: () => boolean): Promise<void> {
  const buffer = Buffer.alloc(CHUNK_SIZE);
  await withPeer(path, async (peer) => {
    for (; waits(); await setTimeout(1)) await peer.read(buffer).catch(() => {});
  });
}

async function withPeer(path: string, action: (peer: FileHandle) => Promise<void>): Promise<void> {
  if (!(await stat(path)).isFIFO()) return; // never write to a user's terminal
  // Opening both ends at once never waits.
  const peer = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    await action(peer);
  } finally {
    await peer.close();
  }
}
