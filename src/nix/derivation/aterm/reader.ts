/** Reads the parts of ATerms, the notation of `.drv` files: strings, lists and tuples. */
import { Buffer } from "node:buffer";
import { decodeName } from "../../../tar/name.ts";
import { derivationError } from "../derivation.ts";

/** A position in an ATerm. */
export interface AtermReader {
  /** Tells whether this text comes next. */
  isAt(text: string): boolean;
  /** Passes over a text. @throws NixociError `MALFORMED` when something else comes. */
  skip(text: string): void;
  /** Reads a string. @throws NixociError `MALFORMED` when there is none. */
  readText(): string;
  /** Reads a list. @throws NixociError `MALFORMED` when there is none. */
  readList<T>(readItem: () => T): T[];
  /** Checks that nothing follows. @throws NixociError `MALFORMED`. */
  finish(): void;
}

/** Creates a reader of bytes, at their beginning. */
export function createAtermReader(bytes: Buffer): AtermReader {
  // A character a byte: texts that are cut out of it are decoded one by one.
  const all = bytes.toString("latin1");
  let at = 0;
  const isAt = (text: string) => all.startsWith(text, at);
  const skip = (text: string) => {
    if (!isAt(text)) throw unexpectedError(all, at, text);
    at += text.length;
  };
  const readText = () => {
    skip('"');
    const end = findEnd(all, at);
    if (end === -1) throw cutShortError();
    const text = decodeText(all.slice(at, end));
    at = end + 1;
    return text;
  };
  return {
    isAt,
    skip,
    readText,
    readList(readItem) {
      skip("[");
      const items = [];
      for (let separator = ""; !isAt("]"); separator = ",") {
        skip(separator);
        items.push(readItem());
      }
      skip("]");
      return items;
    },
    finish() {
      if (at < all.length) throw derivationError(`something follows its end, at byte ${at}`);
    },
  };
}

/** Finds the quotation mark that ends a string: one after an even number of backslashes. */
function findEnd(all: string, from: number): number {
  for (let end = all.indexOf('"', from); end !== -1; end = all.indexOf('"', end + 1)) {
    let first = end;
    while (first > from && all[first - 1] === "\\") first--;
    if ((end - first) % 2 === 0) return end;
  }
  return -1;
}

const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Decodes what stands between quotation marks. */
function decodeText(quoted: string): string {
  const text = quoted.includes("\\") ? unescapeText(quoted) : quoted;
  return /[\x80-\xff]/.test(text) ? decodeName(Buffer.from(text, "latin1")) : text;
}

/** Unescapes a text: scripts of a thousand lines are common, and a pattern takes its time. */
function unescapeText(quoted: string): string {
  let text = "";
  let from = 0;
  for (let at = quoted.indexOf("\\"); at !== -1; at = quoted.indexOf("\\", from)) {
    const character = quoted[at + 1]!;
    text += quoted.slice(from, at) + (ESCAPED[character] ?? character);
    from = at + 2;
  }
  return text + quoted.slice(from);
}

function unexpectedError(all: string, at: number, wanted: string): Error {
  if (wanted.startsWith(all.slice(at))) return cutShortError();
  return derivationError(`byte ${at} is not ${wanted}, which should come there`);
}

function cutShortError(): Error {
  return derivationError("it is cut short");
}
