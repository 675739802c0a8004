/** Reads a header from its start to its end, piece by piece. */

/** A text, and how much of it has been read. */
export interface HeaderScanner {
  /** Reads what matches next, with a sticky pattern (`y`); `null`, and nothing read, where nothing does. */
  take(pattern: RegExp): RegExpExecArray | null;
  isAtEnd(): boolean;
}

/** Creates a scanner that stands at the text's start. */
export function createHeaderScanner(text: string): HeaderScanner {
  let at = 0;
  return {
    take(pattern) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match) at = pattern.lastIndex;
      return match;
    },
    isAtEnd: () => at === text.length,
  };
}
