/**
 * Content: bytes named before they exist, made again and verified every time that they are opened.
 * This is the one place that verifies: everything that a transport reads goes through `content()`.
 */
import { algorithmOf, createHasher, type Digest, digestOf } from "../bytes/digest.ts";
import type { RandomAccess } from "../bytes/disk/random-access.ts";
import { type ByteStream, collectStream, streamBytes, watchStream } from "../bytes/stream.ts";
import { NixociError } from "../base/errors.ts";
import type { Descriptor } from "./descriptor.ts";

/** Named bytes. Made only by {@link content}, so that reading them is verifying them. */
export interface Content {
  readonly descriptor: Descriptor;
  /**
   * This thread makes the bytes while they are read: who reads them before their turn only copies
   * them.
   */
  readonly isMadeHere?: boolean;
  /** It is compressed while it is read, on all cores: to read many such at a time takes memory in vain. */
  readonly isPackedHere?: boolean;
  open(options?: { signal?: AbortSignal | undefined }): ByteStream;
  /**
   * Reads the last bytes alone, where that is possible. Nothing proves them: they are good for
   * guesses that are checked later (gzip says at its end how long the content is).
   */
  tail?(bytes: number): Promise<Uint8Array | undefined>;
  /**
   * Opens the file that the bytes are in, if it is on this machine: for readers that come back for
   * some of them. Until it is disposed of, `open()` reads that same file. So what `open()` has proved
   * since is proved here, too, if the file is `unchanged` after it was last read.
   */
  inPlace?(): Promise<RandomAccess & AsyncDisposable>;
}

/** A function that opens bytes nobody has verified yet. */
export type ContentOpener = (options: { signal?: AbortSignal }) => ByteStream;

/**
 * Creates content that is verified on every `open()`: the stream fails as soon as it is longer than
 * the descriptor says, before its last byte is given when it has another digest, and at its end when
 * it is shorter.
 *
 * A reader that must not act on unverified bytes waits for the end of the stream; one that passes
 * them on never has all of what is wrong.
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
  opener: ContentOpener,
  tail?: NonNullable<Content["tail"]>,
): Content {
  return {
    descriptor,
    open: (options = {}) => verifyStream(descriptor, opener(options), options.signal),
    tail,
  };
}

/**
 * Creates content of bytes in memory; their digest is computed.
 * @example
 * ```ts
 * import { contentOf } from "nixoci";
 * const blob = contentOf("text/plain", new TextEncoder().encode("hello"));
 * console.log(blob.descriptor.size); // 5
 * ```
 */
export function contentOf(mediaType: string, bytes: Uint8Array): Content {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return content(descriptor, () => streamBytes(bytes));
}

/**
 * Creates content that is looked for when it is opened.
 * @param find returns content of the same digest and size; anything else fails.
 */
export function deferContent(descriptor: Descriptor, find: () => Promise<Content>): Content {
  return {
    descriptor,
    async *open(options) {
      const found = await find();
      const { digest, size } = found.descriptor;
      if (digest !== descriptor.digest) throw createDigestError(descriptor.digest, digest);
      if (size !== descriptor.size) throw createSizeError(digest, descriptor.size, `${size}`);
      yield* found.open(options);
    },
  };
}

/**
 * Reads a small content whole, verified.
 * @param limit the most bytes that are accepted.
 * @throws NixociError `LIMIT` for more, `SIZE` or `DIGEST` for wrong bytes.
 * @example
 * ```ts
 * import { readContent, openSource } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const { manifest } = await source.resolve();
 * const bytes = await readContent(manifest, 4 * 1024 * 1024);
 * console.log(JSON.parse(bytes.toString()).schemaVersion); // 2
 * ```
 */
export async function readContent(
  of: Content,
  limit: number,
  options?: { signal?: AbortSignal },
): Promise<Buffer> {
  const { digest, size } = of.descriptor;
  if (size > limit) {
    throw new NixociError("LIMIT", `${digest} has ${size} bytes, more than the ${limit} allowed`);
  }
  return await collectStream(of.open(options), limit, digest);
}

function verifyStream(
  { digest, size }: Descriptor,
  stream: ByteStream,
  signal: AbortSignal | undefined,
): ByteStream {
  const hash = createHasher(algorithmOf(digest));
  let seen = 0;
  let isProved = false;
  const prove = (): void => {
    if (isProved) return;
    const actual = hash.digest();
    if (actual !== digest) throw createDigestError(digest, actual);
    isProved = true;
  };
  return watchStream(stream, (chunk) => {
    signal?.throwIfAborted();
    seen += chunk.length;
    if (seen > size) throw createSizeError(digest, size, `more than ${size}`);
    if (isProved) return; // it is empty
    hash.update(chunk);
    if (seen === size) prove();
  }, () => {
    if (seen !== size) throw createSizeError(digest, size, `${seen}`);
    prove();
  });
}

function createSizeError(digest: Digest, size: number, got: string): NixociError {
  return new NixociError("SIZE", `${digest} should have ${size} bytes, but has ${got}`, {
    hint: "the source is corrupt or lying; fetch it again from a good one",
  });
}

function createDigestError(expected: Digest, actual: Digest): NixociError {
  return new NixociError("DIGEST", `${expected} has the wrong content: it hashes to ${actual}`, {
    hint: "the source is corrupt or lying; fetch it again from a good one",
  });
}
