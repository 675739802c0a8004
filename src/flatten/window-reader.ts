/** Reads small contents together with the bytes behind them: their neighbours are often next. */
import type { RandomAccess } from "../bytes/disk/random-access.ts";

/** The number of bytes that are read at a time. */
const WINDOW = 128 * 1024;

/** The number of windows: layers take turns in the order of names. */
const WINDOWS = 16;

/**
 * The most bytes of a small content; a window holds many. Larger contents are read by themselves.
 */
export const SMALL = WINDOW / 2;

interface ReadWindow {
  access: RandomAccess | undefined;
  start: number;
  end: number;
  readonly buffer: Buffer;
}

/** A reader of small parts of files: at once if they are in memory. */
export interface WindowReader {
  /**
   * Returns the bytes, good until the next call; fewer if the file has no more. At most {@link
   * SMALL}.
   */
  read(access: RandomAccess, start: number, size: number): Uint8Array | Promise<Uint8Array>;
}

/** Creates a reader of any number of files; the window that was used longest ago is moved. */
export function createWindowReader(): WindowReader {
  const open: ReadWindow[] = [];

  const move = async (access: RandomAccess, start: number): Promise<ReadWindow> => {
    const window = open.length < WINDOWS
      ? { access, start, end: start, buffer: Buffer.allocUnsafeSlow(WINDOW) }
      : open.pop()!;
    window.access = undefined; // should reading fail
    const filled = await access.readAt(window.buffer, start);
    Object.assign(window, { access, start, end: start + filled });
    open.unshift(window);
    return window;
  };
  const part = ({ buffer, start: first }: ReadWindow, start: number, size: number): Uint8Array =>
    buffer.subarray(start - first, start - first + size);

  return {
    read(access, start, size) {
      for (let i = 0; i < open.length; i++) {
        const window = open[i]!;
        if (window.access !== access || start < window.start || start + size > window.end) continue;
        if (i > 0) {
          open.splice(i, 1);
          open.unshift(window);
        }
        return part(window, start, size);
      }
      return move(access, start).then((window) =>
        part(window, start, Math.min(size, window.end - start))
      );
    },
  };
}
