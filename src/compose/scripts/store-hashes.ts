/**
 * Finds store paths by their hashes in whatever bytes: how Nix finds the references of what it has
 * built, for a hash stands in links, in programs and in databases alike.
 * @see https://github.com/NixOS/nix/blob/master/src/libutil/references.cc
 */

/** The length of a store path's hash. */
const LENGTH = 32;

/** The digits of Nix's base 32, by their bytes. */
const IS_DIGIT = new Uint8Array(256);
for (const digit of "0123456789abcdfghijklmnpqrsvwxyz") IS_DIGIT[digit.charCodeAt(0)] = 1;

/** A search in bytes that come in pieces. */
export interface HashSearch {
  /** Searches the next bytes of a text, or of a file. */
  add(bytes: Uint8Array): void;
  /** Ends the text; the next bytes are another one's. */
  end(): void;
  /** The hashes that were found. */
  readonly found: ReadonlySet<string>;
}

/** Begins a search for these hashes. */
export function beginHashSearch(hashes: ReadonlySet<string>): HashSearch {
  const found = new Set<string>();
  let tail: Uint8Array = new Uint8Array(0);
  const search = (bytes: Uint8Array) => {
    for (const hash of findHashes(bytes)) if (hashes.has(hash)) found.add(hash);
  };
  return {
    found,
    add(bytes) {
      if (hashes.size === 0) return;
      if (tail.length > 0) search(Buffer.concat([tail, bytes.subarray(0, LENGTH - 1)]));
      search(bytes);
      const whole = bytes.length < LENGTH ? Buffer.concat([tail, bytes]) : bytes;
      // A copy: who sends the bytes uses their buffer again.
      tail = Uint8Array.from(whole.subarray(Math.max(0, whole.length - LENGTH + 1)));
    },
    end() {
      tail = new Uint8Array(0);
    },
  };
}

/** Gives all runs of digits that are as long as a hash. Looks from the end: most bytes are none. */
function* findHashes(bytes: Uint8Array): Generator<string> {
  for (let at = 0; at + LENGTH <= bytes.length;) {
    let i = LENGTH - 1;
    while (i >= 0 && IS_DIGIT[bytes[at + i]!] === 1) i--;
    if (i >= 0) at += i + 1;
    else yield Buffer.from(bytes.buffer, bytes.byteOffset + at++, LENGTH).toString("latin1");
  }
}
