/** The tags that an image gets in a repository. */
import { NixociError } from "../../../src/base/errors.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { formatReference, type ImageReference, isTag } from "../../../src/image/reference.ts";

/**
 * Returns the names that an image gets: tags, or its digest where the location names only that.
 * @param references the names that it is given; none means the location's own.
 * @throws NixociError `USAGE` when a name is no tag, `DIGEST` when the location names another image.
 */
export function tagsOf(
  { digest }: Descriptor,
  references: readonly string[],
  reference: ImageReference,
): readonly string[] {
  const wrong = references.find((tag) => !isTag(tag) && tag !== digest);
  if (wrong !== undefined) {
    throw new NixociError("USAGE", `${JSON.stringify(wrong)} is not a tag`, {
      hint: "give the tag alone: the repository is the destination's",
    });
  }
  if (reference.digest !== undefined && reference.digest !== digest) {
    throw new NixociError("DIGEST", `${formatReference(reference)} cannot name ${digest}`, {
      hint: "leave the digest out of the destination",
    });
  }
  if (references.length > 0) return references;
  return [reference.tag ?? reference.digest ?? "latest"];
}
