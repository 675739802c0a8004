/** Content that says how far its readers are. */
import { markSide } from "../base/errors.ts";
import { explainStream } from "../bytes/pour.ts";
import { type ByteStream, watchStream } from "../bytes/stream.ts";
import type { Content } from "../image/content.ts";
import type { BlobKind, ImageBlob } from "../image/root.ts";
import type { CopyEvent } from "./events.ts";

const REPORT_EVERY_MS = 100;

/** The receiver of events, and the signal that breaks the reading off. */
export interface Watcher {
  readonly onEvent?: (event: CopyEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Returns the same content, which can be broken off by a signal of its own; what it fails of is a
 * failure of the source, though a sink reads it.
 * @param report gets the bytes read so far, ten times a second, and at the end: each number once.
 */
export function watchContent<C extends Content>(
  content: C,
  signal: AbortSignal | undefined,
  report: (bytes: number) => void,
): C {
  const markSource = (error: unknown): unknown => markSide("source", error);
  const openContent = (): ByteStream => {
    try {
      return content.open({ signal });
    } catch (error) {
      throw markSource(error);
    }
  };
  const open = (): ByteStream => {
    const { count, end } = createMeter(report);
    return explainStream(watchStream(openContent(), count, end), markSource);
  };
  return { ...content, open };
}

/**
 * Creates what counts bytes as they come.
 * @param report gets those so far, ten times a second, and at the end: each number once.
 */
export function createMeter(report: (bytes: number) => void) {
  let bytes = 0;
  let said: number | undefined;
  let reported = performance.now();
  return {
    count(chunk: Uint8Array): void {
      bytes += chunk.length;
      const now = performance.now();
      if (now - reported < REPORT_EVERY_MS) return;
      reported = now;
      report(said = bytes);
    },
    end(): void {
      if (said !== bytes) report(bytes);
    },
  };
}

/** Returns the same blob, whose reading shows: that it begins, and how far it is. */
export function watchBlob<B extends ImageBlob>(
  blob: B,
  { onEvent, signal }: Watcher,
  kind: BlobKind = blob.kind,
): B {
  const { descriptor } = blob.content;
  const metered = watchContent(blob.content, signal, (bytes) => {
    onEvent?.({ type: "progress", descriptor, bytes });
  });
  let hasBegun = false;
  const open = (): ByteStream => {
    if (!hasBegun) onEvent?.({ type: "start", kind, descriptor });
    hasBegun = true;
    return metered.open();
  };
  return { ...blob, content: { ...metered, open } };
}

/** Returns the content of a blob that is only read: its end shows, too. */
export function watchReading<B extends ImageBlob>(blob: B, watcher: Watcher): B["content"] {
  const { kind, content } = watchBlob(blob, watcher);
  const { descriptor } = content;
  return {
    ...content,
    async *open() {
      yield* content.open();
      watcher.onEvent?.({ type: "done", kind, descriptor, how: "moved" });
    },
  };
}
