/** Bytes to compress, ways to cut them, and the tools of others. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { ByteStream } from "../../../src/bytes/stream.ts";

/** Numbers in [0, 1) that are the same in every run. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Something like a tar of binaries: words that repeat, noise, and runs of zeros. */
export function sample(size: number, seed = 1): Buffer {
  const next = numbers(seed);
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size;) {
    const end = Math.min(size, at + 1 + Math.floor(next() * 2000));
    const kind = next();
    if (kind < 0.4) bytes.fill(`word ${Math.floor(next() * 50)} `, at, end);
    else if (kind < 0.8) { for (; at < end; at++) bytes[at] = next() * 256; }
    at = end;
  }
  return bytes;
}

/** The bytes in chunks of the size given, or of random sizes (0 too) when it is negative. */
export async function* cut(bytes: Uint8Array, size: number, seed = 1): ByteStream {
  const next = numbers(seed);
  // One buffer for all chunks: a reader has it only until it asks for the next.
  for (let at = 0; at < bytes.length;) {
    const length = size > 0 ? size : Math.floor(next() * -size);
    const chunk = Buffer.from(bytes.subarray(at, at + length));
    yield chunk;
    chunk.fill(0xaa);
    at += length;
  }
}

/** All of a stream. */
export async function all(stream: ByteStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export { lacks } from "../../support/tools.ts";

/** What a tool makes of its input; its failure is ours. */
export async function filter(input: Uint8Array, tool: string, ...args: string[]): Promise<Buffer> {
  // Not spawnSync: Deno's writes all of the input before it reads any output, and waits for ever.
  const child = spawn(tool, args);
  child.stdin.on("error", () => {}).end(input);
  const ended = once(child, "close");
  const [output, complaint] = await Promise.all([all(child.stdout), all(child.stderr)]);
  const [status] = await ended;
  if (status !== 0) throw new Error(`${tool} ${args.join(" ")}: ${status} ${complaint}`);
  return output;
}

/** A stream that tells whether it was released. */
export function watched(stream: ByteStream): { stream: ByteStream; log: string[] } {
  const log: string[] = [];
  return {
    log,
    stream: (async function* () {
      log.push("open");
      try {
        yield* stream;
        log.push("end");
      } finally {
        log.push("release");
      }
    })(),
  };
}

/** How this runtime runs a script. */
export const RUN: readonly string[] = "Deno" in globalThis
  ? [process.execPath, "run", "-A"]
  : [process.execPath];
