/** Takes names of members apart, and tells which are whiteouts. */
import { Buffer } from "node:buffer";
import { NixociError } from "../../base/errors.ts";
import { OPAQUE, WHITEOUT } from "../../image/layer/whiteout.ts";
import { decodeName, encodeName, quoteName } from "../../tar/name.ts";

/**
 * Splits a member's name into its parts, as bytes: without empty ones and dots, which make no
 * difference. A leading slash makes none either: every name begins at the root of the image.
 * @throws NixociError `UNSAFE` for a name with `..` in it.
 */
export function partsOf(path: string): Buffer[] {
  const bytes = encodeName(path);
  const parts: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const slash = bytes.indexOf(0x2f, start);
    const end = slash === -1 ? bytes.length : slash;
    const isDots = bytes[start] === DOT && (end - start === 1 || isTwoDots(bytes, start, end));
    if (isDots && end - start === 2) throw leavingError(path);
    if (end > start && !isDots) parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return parts;
}

const DOT = 0x2e;

function isTwoDots(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 2 && bytes[start] === DOT && bytes[start + 1] === DOT;
}

function leavingError(path: string): NixociError {
  return new NixociError("UNSAFE", `the layer's entry ${quoteName(path)} leaves the image`, {
    hint: "the image is malicious or broken; do not use it",
  });
}

/** Returns a member's name as entries have it. @throws NixociError as {@link partsOf} does. */
export function entryPathOf(path: string): string {
  return partsOf(path).map(decodeName).join("/");
}

/** A mark: a member that is not a file, but hides what lower layers have. */
export type Mark =
  | { readonly kind: "whiteout"; readonly hidden: Buffer }
  | { readonly kind: "opaque" }
  | { readonly kind: "ignored" };

const PREFIX = Buffer.from(WHITEOUT);
const META = Buffer.from(".wh..wh.");
const WHOLE = Buffer.from(OPAQUE);

/**
 * Returns the mark that a name stands for; `undefined` for a file's. Names that AUFS kept for
 * itself (`.wh..wh.plnk`) are ignored, as by Docker.
 * @throws NixociError `UNSAFE` for a whiteout that would hide the folder it lies in, or the one
 * above, and for an entry below a whiteout.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts
 */
export function markOf(parts: readonly Buffer[], path: string): Mark | undefined {
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    // Nearly all names are told by their first byte.
    if (part[0] !== DOT || !hasPrefix(part, PREFIX)) continue;
    const last = i === parts.length - 1;
    if (last && part.equals(WHOLE)) return { kind: "opaque" };
    if (hasPrefix(part, META)) return { kind: "ignored" };
    const hidden = part.subarray(PREFIX.length);
    if (!last || hidden.length === 0 || hidden.equals(ONE_DOT) || hidden.equals(TWO_DOTS)) {
      throw new NixociError(
        "UNSAFE",
        `the layer's entry ${quoteName(path)} hides what it may not`,
        {
          hint: "the image is malicious or broken; do not use it",
        },
      );
    }
    return { kind: "whiteout", hidden };
  }
  return undefined;
}

const ONE_DOT = Buffer.from(".");
const TWO_DOTS = Buffer.from("..");

function hasPrefix(part: Buffer, prefix: Buffer): boolean {
  return part.length >= prefix.length &&
    part.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
}

/** The most links on the way, as on Linux. */
export const MOST_LINKS = 40;

/** The part of a link's target that leads to the folder above. */
export const UP: Buffer = Buffer.from("..");

/** Splits the target of a link, or a user's path, into its parts; `..` is one of them. */
export function splitTarget(path: string): Buffer[] {
  return path.split("/").filter((part) => part !== "" && part !== ".").map(encodeName);
}
