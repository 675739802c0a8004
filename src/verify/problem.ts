/** Problems of stored images, told from failures to read at all. */
import { codeOf, reasonOf } from "../base/errors.ts";
import { type Digest, isDigest } from "../bytes/digest.ts";
import type { BlobKind } from "../image/root.ts";

/** Something that is wrong with an image. */
export interface ImageProblem {
  readonly kind: BlobKind;
  readonly digest: Digest;
  readonly problem: "missing" | "corrupt" | "malformed";
  /** One line that says more. */
  readonly message: string;
}

const PROBLEMS: Readonly<Record<string, ImageProblem["problem"]>> = {
  NOT_FOUND: "missing",
  DIGEST: "corrupt",
  SIZE: "corrupt",
  MALFORMED: "malformed",
  LIMIT: "malformed",
  UNSUPPORTED: "malformed",
};

/**
 * Returns the problem that a failure tells of.
 * @param thing what was being read; the failure may be about what that names.
 * @throws the failure, where it says nothing of the image: no network, no rights, no such name.
 */
export function problemOf(
  error: unknown,
  thing: { readonly kind: BlobKind; readonly digest?: Digest | undefined },
): ImageProblem {
  const problem = PROBLEMS[codeOf(error) ?? ""];
  if (problem === undefined) throw error;
  const message = reasonOf(error);
  const digest = findDigest(message) ?? thing.digest;
  if (digest === undefined) throw error;
  return { kind: digest === thing.digest ? thing.kind : "blob", digest, problem, message };
}

/** Finds the first digest in a message, or in a path that ends with one. */
function findDigest(message: string): Digest | undefined {
  const [, algorithm, hex] = /\b(sha256|sha512)[:/]([0-9a-f]{64,128})\b/.exec(message) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}
