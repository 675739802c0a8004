/** Content as it is served: the whole of it verified, a part of it from where it lies. */
import { streamFrom } from "../../bytes/pour.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import type { Content } from "../../image/content.ts";
import type { ServedBytes } from "../storage.ts";

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
