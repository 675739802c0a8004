/** Content as it is served: the whole of it verified, a part of it from where it lies. */
import { streamFrom } from "../../bytes/pour.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { NixociError } from "../../base/errors.ts";
import { type Content, content } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import type { FetchContent } from "../../image/documents/load.ts";
import { isIndex, isManifest } from "../../image/media-types.ts";
import type { ServedBytes, ServedRepository } from "../storage.ts";

/** Serves content. What turns out to be wrong fails at its end, and the client gets no whole answer. */
export function serveContent(content: Content): ServedBytes {
  const { descriptor } = content;
  return {
    descriptor,
    read: (start, end = descriptor.size) =>
      start === undefined ? content.open() : readPart(content, start, end),
  };
}

function readPart(content: Content, start: number, end: number): ByteStream {
  return content.inPlace === undefined
    ? cutRange(content.open(), start, end)
    : streamFrom(() => content.inPlace!(), (file) => file.read(start, end));
}

/** Reads the bytes of `[start, end)` of a stream, up to there. */
export async function* cutRange(stream: ByteStream, start: number, end: number): ByteStream {
  let at = 0;
  for await (const chunk of stream) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    if (part.length > 0) yield part;
    at += chunk.length;
    if (at >= end) return;
  }
}

/** Makes what gets the content of a repository: looked for when it is read, for it may move meanwhile. */
export function fetchServed(
  { findManifest, findBlob }: Pick<ServedRepository, "findManifest" | "findBlob">,
): FetchContent {
  return (descriptor) => {
    const isDocument = isManifest(descriptor.mediaType) || isIndex(descriptor.mediaType);
    const find = isDocument ? findManifest : findBlob;
    return content(descriptor, () => readFound(descriptor, () => find(descriptor.digest)));
  };
}

async function* readFound(
  { digest }: Descriptor,
  find: () => Promise<ServedBytes | undefined>,
): ByteStream {
  const found = await find();
  if (found === undefined) throw new NixociError("NOT_FOUND", `${digest} is not there any more`);
  yield* found.read();
}
