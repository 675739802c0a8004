/** Names that images get in Docker's formats: a repository and a tag, never a digest. */
import { isDigest } from "../../../src/bytes/digest.ts";
import { NixociError } from "../../../src/base/errors.ts";
import { type ImageReference, parseReference } from "../../../src/image/reference.ts";

/**
 * The name that a reference gives an image; `latest` is implied.
 * @throws NixociError `USAGE` when it is no name, or has a digest.
 */
export function nameOf(reference: string): ImageReference {
  const { host, repository, tag = "latest", digest } = parseReference(reference);
  if (digest === undefined && !isDigest(reference)) return { host, repository, tag };
  throw new NixociError("USAGE", `Cannot name an image ${reference}: that is what it contains`, {
    hint: "give it a name such as app:latest",
  });
}
