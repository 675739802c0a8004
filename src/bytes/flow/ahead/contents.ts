/** Opens contents that are read one after another, each before its turn. */
import type { ByteStream } from "../../stream.ts";
import { type AheadStream, createMemoryBudget, readAhead } from "./stream.ts";

/** The number of contents read at a time, including the one whose turn it is. */
const STREAMS = 6;

/** The number of bytes that may wait for their turn. */
const AHEAD = 8 * 1024 * 1024;

/** Anything whose bytes can be read: content, for example. */
export interface Openable {
  open(options?: { readonly signal?: AbortSignal }): ByteStream;
}

/** Contents that are opened ahead; stop them at the end. */
export interface AheadContents {
  /** Wraps the contents, which are to be opened in this order, once each. */
  contents<C extends Openable>(contents: readonly C[]): C[];
  /** Releases what was opened and not read. */
  stop(): Promise<void>;
}

/** Makes a value that opens contents ahead of their reader. */
export function createAheadContents(
  { signal }: { readonly signal?: AbortSignal } = {},
): AheadContents {
  const room = createMemoryBudget(AHEAD);
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
