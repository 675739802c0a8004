/** Names that images get in Docker's formats: a repository and a tag, never a digest. */
import { isDigest } from "../../../src/bytes/digest.ts";
import { NixociError } from "../../../src/base/errors.ts";
import {
  formatFamiliarName,
  formatReference,
  type ImageReference,
  parseReference,
} from "../../../src/image/reference.ts";

/**
 * Returns the name that a reference gives an image; `latest` is implied.
 * @throws NixociError `USAGE` when it is not a name, or has a digest.
 */
export function archiveNameOf(reference: string): ImageReference {
  const { host, repository, tag = "latest", digest } = parseReference(reference);
  if (digest === undefined && !isDigest(reference)) return { host, repository, tag };
  throw new NixociError("USAGE", `Cannot name an image ${reference}: that is what it contains`, {
    hint: "give it a name such as app:latest",
  });
}

/** Returns the same name as people write it, and engines show it. */
export function familiarNameOf(reference: string): string {
  return formatFamiliarName(archiveNameOf(reference));
}

/** Returns a name as skopeo writes it: in full, which every loader takes for the short one. */
export function fullNameOf(reference: string): string {
  return formatReference(archiveNameOf(reference));
}

/** Returns a name as dockerTools writes it: as it was given, and always with a tag. */
export function givenNameOf(reference: string): string {
  const { tag } = archiveNameOf(reference);
  return reference.endsWith(`:${tag}`) ? reference : `${reference}:${tag}`;
}
