/** Compares what a signer called an image with what is meant. */
import { NixociError } from "../base/errors.ts";
import { type ImageReference, parseReference } from "../image/reference.ts";

/**
 * Proves that a signer meant this repository, whatever tag or digest stands behind it. A signature
 * without a name, as in a bundle, is of a digest alone.
 * @throws NixociError `REFUSED`.
 * @example
 * ```ts
 * import { checkSignedName } from "nixoci";
 * checkSignedName("ghcr.io/me/app:1", "ghcr.io/me/app");
 * try {
 *   checkSignedName("ghcr.io/you/app", "ghcr.io/me/app");
 * } catch (error) {
 *   console.log(error instanceof Error); // true
 * }
 * ```
 */
export function checkSignedName(name: string | undefined, meant: string, hint?: string): void {
  if (name === undefined) return;
  const [signed, wanted] = [readName(name), parseReference(meant)];
  if (signed && signed.host === wanted.host && signed.repository === wanted.repository) return;
  const message = `it was signed as ${JSON.stringify(name)}, not as ${meant}`;
  throw new NixociError("REFUSED", message, hint === undefined ? {} : { hint });
}

/** Parses the name in a signature; `undefined` for one that is none. */
export function readName(name: string): ImageReference | undefined {
  try {
    return parseReference(name);
  } catch {
    return undefined;
  }
}
