/** Contents that are read one after the other, each of which begins to arrive before its turn. */
import type { ByteStream } from "../../stream.ts";
import { type AheadStream, readAhead, roomFor } from "./stream.ts";

/** How many are read at a time, the one whose turn it is among them. */
const STREAMS = 6;

/** How many bytes may wait for their turn. */
const AHEAD = 8 * 1024 * 1024;

/** Anything whose bytes can be read: content, above all. */
export interface Openable {
  open(options?: { readonly signal?: AbortSignal }): ByteStream;
}

export interface AheadContents {
  /** The contents, which are to be opened in this order, once each. */
  contents<C extends Openable>(contents: readonly C[]): C[];
  /** Lets go of what was begun and not read. */
  stop(): Promise<void>;
}

export function createAheadContents(
  { signal }: { readonly signal?: AbortSignal } = {},
): AheadContents {
  const room = roomFor(AHEAD);
  const begun: AheadStream[] = [];
  const contents = <C extends Openable>(all: readonly C[]): C[] => {
    const begin = (upTo: number): void => {
      while (begun.length < Math.min(upTo, all.length)) {
        begun.push(readAhead(all[begun.length]!.open(signal ? { signal } : {}), room));
      }
    };
    return all.map((content, i) => ({
      ...content,
      open() {
        begin(i + STREAMS);
        return begun[i]!.whole();
      },
    }));
  };
  return {
    contents,
    stop: async () => void await Promise.all(begun.map((each) => each.stop())),
  };
}
