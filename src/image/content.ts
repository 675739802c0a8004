/**
 * Content: bytes named before they exist, re-made and verified every time that they are opened.
 * This is the one place that verifies; whatever a transport reads goes through `content()`.
 */
import { algorithmOf, type Digest, digestOf, hasher } from "../bytes/digest.ts";
import type { RandomAccess } from "../bytes/disk/random.ts";
import { type ByteStream, collect, fromBytes } from "../bytes/stream.ts";
import { NixociError } from "../base/errors.ts";
import type { Descriptor } from "./descriptor.ts";

/** Named bytes. Made only by {@link content}, so that reading them is verifying them. */
export interface Content {
  readonly descriptor: Descriptor;
  open(options?: { signal?: AbortSignal | undefined }): ByteStream;
  /**
   * The last so many bytes, where they can be had alone. Nothing proves them: they are good for
   * guesses that are checked later (gzip says at its end how long the content is).
   */
  tail?(bytes: number): Promise<Uint8Array | undefined>;
  /**
   * The bytes where they lie, if that is a file on this machine, held open: for readers that come
   * back for some of them. Until it is let go of, `open()` reads that same file. So what `open()` has
   * proved since is proved here, too, if the file is `unchanged` after it was last read.
   */
  inPlace?(): Promise<RandomAccess & AsyncDisposable>;
}

/** Where unverified bytes come from. */
export type Opener = (options: { signal?: AbortSignal }) => ByteStream;

/**
 * Content that is proved on every `open()`: the stream fails as soon as it is longer than the
 * descriptor says, and at its end when it is shorter or hashes to something else.
 *
 * A reader that must not act on unverified bytes waits for the end of the stream.
 * @throws from the stream, NixociError `SIZE` or `DIGEST`.
 * @example
 * ```ts
 * import { content, digestOf } from "nixoci";
 * const hello = new TextEncoder().encode("hello");
 * const blob = content(
 *   { mediaType: "text/plain", digest: digestOf(hello), size: 5 },
 *   async function* () { yield hello; },
 * );
 * for await (const chunk of blob.open()) console.log(chunk.length); // 5
 * ```
 */
export function content(
  descriptor: Descriptor,
  opener: Opener,
  tail?: NonNullable<Content["tail"]>,
): Content {
  return {
    descriptor,
    open: (options = {}) => verified(descriptor, opener(options), options.signal),
    ...(tail && { tail }),
  };
}

/** Content of bytes in memory: their digest is computed, not believed. */
export function contentOf(mediaType: string, bytes: Uint8Array): Content {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return content(descriptor, () => fromBytes(bytes));
}

/**
 * Content that is looked for when it is opened.
 * @param find gives content of the same digest and size; anything else fails.
 */
export function deferred(descriptor: Descriptor, find: () => Promise<Content>): Content {
  return {
    descriptor,
    async *open(options) {
      const found = await find();
      const { digest, size } = found.descriptor;
      if (digest !== descriptor.digest) throw wrongDigest(descriptor.digest, digest);
      if (size !== descriptor.size) throw wrongSize(digest, descriptor.size, `${size}`);
      yield* found.open(options);
    },
  };
}

/** The whole of a small content, verified; `limit` in bytes. */
export async function bytesOf(
  of: Content,
  limit: number,
  options?: { signal?: AbortSignal },
): Promise<Buffer> {
  const { digest, size } = of.descriptor;
  if (size > limit) {
    throw new NixociError("LIMIT", `${digest} has ${size} bytes, more than the ${limit} allowed`);
  }
  return await collect(of.open(options), limit, digest);
}

async function* verified(
  { digest, size }: Descriptor,
  stream: ByteStream,
  signal: AbortSignal | undefined,
): ByteStream {
  const hash = hasher(algorithmOf(digest));
  let seen = 0;
  for await (const chunk of stream) {
    signal?.throwIfAborted();
    seen += chunk.length;
    if (seen > size) throw wrongSize(digest, size, `more than ${size}`);
    hash.update(chunk);
    yield chunk;
  }
  if (seen !== size) throw wrongSize(digest, size, `${seen}`);
  const actual = hash.digest();
  if (actual !== digest) throw wrongDigest(digest, actual);
}

function wrongSize(digest: Digest, size: number, got: string): NixociError {
  return new NixociError("SIZE", `${digest} should have ${size} bytes, but has ${got}`, {
    hint: "the source is corrupt or lying; fetch it again from a good one",
  });
}

function wrongDigest(expected: Digest, actual: Digest): NixociError {
  return new NixociError("DIGEST", `${expected} has the wrong content: it hashes to ${actual}`, {
    hint: "the source is corrupt or lying; fetch it again from a good one",
  });
}
