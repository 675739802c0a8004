/** Names that images get in Docker's formats: a repository and a tag, never a digest. */
import { NixociError } from "../../../src/errors.ts";
import { type ImageReference, parseReference } from "../../../src/image/reference.ts";

/**
 * The name that a reference gives an image; `latest` is implied.
 * @throws NixociError `USAGE` when it is no name, or has a digest.
 */
export function nameOf(reference: string): ImageReference {
  const { host, repository, tag = "latest", digest } = parseReference(reference);
  if (digest === undefined) return { host, repository, tag };
  throw new NixociError("USAGE", `${reference}: an image cannot be given a digest as its name`, {
    hint: "leave out the @ and what follows it",
  });
}
