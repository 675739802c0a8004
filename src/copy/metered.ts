/** Content that says how far its readers are. */
import type { ByteStream } from "../bytes/stream.ts";
import type { Content } from "../image/content.ts";

const REPORT_EVERY_MS = 100;

/**
 * The same content, which can be broken off by a signal of its own.
 * @param report gets the bytes read so far, ten times a second, and at the end: each number once.
 */
export function metered<C extends Content>(
  content: C,
  signal: AbortSignal | undefined,
  report: (bytes: number) => void,
): C {
  const open = async function* (): ByteStream {
    let bytes = 0;
    let said: number | undefined;
    let reported = performance.now();
    for await (const chunk of content.open(signal ? { signal } : {})) {
      yield chunk;
      bytes += chunk.length;
      const now = performance.now();
      if (now - reported < REPORT_EVERY_MS) continue;
      reported = now;
      report(said = bytes);
    }
    if (said !== bytes) report(bytes);
  };
  return { ...content, open };
}
