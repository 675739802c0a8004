/** The tags that images get, and those that they have already. */
import type { Digest } from "../../../src/bytes/digest.ts";
import { NixociError } from "../../../src/base/errors.ts";
import { bytesOf, type Content } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { MAX_DOCUMENT } from "../../../src/image/json.ts";
import { formatReference, type ImageReference, isTag } from "../../../src/image/reference.ts";
import type { NamedRoot } from "../../../src/image/root.ts";
import { describeManifest } from "../read/manifest.ts";
import type { Session } from "../session.ts";
import { hasSubject } from "./manifest.ts";

export interface TaggedImages {
  /**
   * Takes note of what the images are to be called.
   * @throws NixociError `USAGE` when a name is no tag, `DIGEST` when the location names another image.
   */
  expect(images: readonly NamedRoot[]): void;
  /** Whether the first tag that the image is to get names it already: then all of it is there. */
  isKnown(descriptor: Descriptor): Promise<boolean>;
  /** Whether that has been found, and nothing is left to do for what the manifest refers to. */
  isDone(manifest: Content, tag: string): Promise<boolean>;
}

export function taggedImages(to: Session, reference: ImageReference): TaggedImages {
  const wanted = new Map<Digest, string>();
  const found = new Map<Digest, string>();
  return {
    expect(images) {
      for (const image of images) {
        const tag = tagsOf(image, reference).find(isTag);
        if (tag !== undefined) wanted.set(image.root.manifest.descriptor.digest, tag);
      }
    },
    async isKnown({ digest }) {
      found.delete(digest);
      const tag = wanted.get(digest);
      if (tag === undefined || (await describeManifest(to, tag))?.digest !== digest) return false;
      found.set(digest, tag);
      return true;
    },
    isDone: async (manifest, tag) =>
      found.get(manifest.descriptor.digest) === tag &&
      !hasSubject(await bytesOf(manifest, MAX_DOCUMENT)),
  };
}

/** Under what the image is to be known: tags, or its digest where the location names only that. */
export function tagsOf(
  { root, references }: NamedRoot,
  reference: ImageReference,
): readonly string[] {
  const { digest } = root.manifest.descriptor;
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
