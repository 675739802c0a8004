/**
 * Layers that begin to arrive before their turn: an archive takes one after the other, but a
 * registry is far away, and six streams bring more than one.
 */
import { giveBack, lend } from "./bytes/pool.ts";
import { type ByteStream, CHUNK_SIZE } from "./bytes/stream.ts";
import type { Content } from "./image/content.ts";
import type { Image, Step } from "./image/root.ts";

export interface ReadAheadOptions {
  /** How many contents are read at a time, the one whose turn it is among them; 6 by default. */
  readonly jobs?: number;
  /** How many bytes may wait for their turn; 32 MiB by default. */
  readonly bytes?: number;
  readonly signal?: AbortSignal;
}

/** Lets contents be read before their turn; disposing of it lets go of what was not read. */
export interface ReadingAhead extends AsyncDisposable {
  /** Contents that will be opened in this order: the same bytes, begun earlier. */
  contents<C extends Content>(contents: readonly C[]): C[];
  /** The same for an image's layers. */
  readonly step: Step;
}

const JOBS = 6;
const BYTES = 32 * 1024 * 1024;

export function readingAhead(options: ReadAheadOptions = {}): ReadingAhead {
  const { jobs = JOBS, bytes = BYTES, signal } = options;
  const room = roomFor(Math.ceil(bytes / CHUNK_SIZE));
  const begun = new Set<Begun>();
  const contents = <C extends Content>(all: readonly C[]): C[] => {
    const streams: (Begun | undefined)[] = [];
    let next = 0; // the first that was neither begun nor asked for
    return all.map((content, i) => ({
      ...content,
      open(how) {
        for (next = Math.max(next, i + 1); next < Math.min(i + jobs, all.length); next++) {
          begun.add(streams[next] = begin(all[next]!, room, signal));
        }
        const own = streams[i];
        // It was not begun; or it is read once more.
        if (own === undefined || !begun.delete(own)) return content.open(how);
        return own.rest();
      },
    }));
  };
  return {
    contents,
    step: (root) => root.kind === "image" ? { ...root, layers: layersOf(root, contents) } : root,
    async [Symbol.asyncDispose]() {
      await Promise.all([...begun].map((each) => each.stop()));
    },
  };
}

/** A layer that an image has twice is opened once. */
function layersOf({ layers }: Image, contents: ReadingAhead["contents"]): Image["layers"] {
  const unique = new Map(layers.map((layer) => [layer.descriptor.digest, layer]));
  const ahead = contents([...unique.values()]);
  const found = new Map(ahead.map((layer) => [layer.descriptor.digest, layer]));
  return layers.map((layer) => found.get(layer.descriptor.digest)!);
}

/** Room for so many chunks, which streams share. */
interface Room {
  /** Takes the place of one chunk, when there is one or it is `urgent`. */
  enter(urgent: Promise<void>): Promise<void>;
  leave(): void;
}

function roomFor(chunks: number): Room {
  let free = chunks;
  const waiting = new Set<() => void>();
  return {
    async enter(urgent) {
      if (free <= 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await Promise.race([promise, urgent]);
        waiting.delete(resolve);
      }
      free--;
    },
    leave() {
      free++;
      const [first] = waiting;
      if (first === undefined) return;
      waiting.delete(first);
      first();
    },
  };
}

/** A stream that has begun. */
interface Begun {
  /** All of it, from its start; once. */
  rest(): ByteStream;
  stop(): Promise<void>;
}

function begin(content: Content, room: Room, signal: AbortSignal | undefined): Begun {
  const iterator = content.open(signal ? { signal } : {})[Symbol.asyncIterator]();
  const turn = Promise.withResolvers<void>();
  const kept: { buffer: Buffer; filled: number }[] = [];
  let isItsTurn = false;
  let isDone = false;
  /** Keeps a chunk: its own buffer is the stream's. */
  const keep = async (chunk: Uint8Array): Promise<void> => {
    for (let at = 0; at < chunk.length;) {
      let last = kept.at(-1);
      if (last === undefined || last.filled === CHUNK_SIZE) {
        await room.enter(turn.promise);
        kept.push(last = { buffer: lend(CHUNK_SIZE), filled: 0 });
      }
      const part = chunk.subarray(at, at + CHUNK_SIZE - last.filled);
      last.buffer.set(part, last.filled);
      last.filled += part.length;
      at += part.length;
    }
  };
  const keeping = (async () => {
    while (!isItsTurn && !isDone) {
      const next = await iterator.next();
      if (next.done) isDone = true;
      else await keep(next.value);
    }
  })();
  keeping.catch(() => {}); // it is told to whoever reads
  const release = (buffer: Buffer): void => {
    giveBack(buffer);
    room.leave();
  };
  const stop = async (): Promise<void> => {
    isItsTurn = true;
    turn.resolve();
    await keeping.catch(() => isDone = true);
    for (const { buffer } of kept.splice(0)) release(buffer);
    if (!isDone) await iterator.return?.();
  };
  return {
    stop,
    async *rest() {
      isItsTurn = true;
      turn.resolve();
      try {
        await keeping;
        for (let first = kept.shift(); first; first = kept.shift()) {
          yield first.buffer.subarray(0, first.filled);
          release(first.buffer);
        }
        while (!isDone) {
          const next = await iterator.next();
          if (next.done) isDone = true;
          else yield next.value;
        }
      } finally {
        await stop();
      }
    },
  };
}
