/** The tags that images get, and those that they have already. */
import type { Digest } from "../../../src/bytes/digest.ts";
import { NixociError } from "../../../src/base/errors.ts";
import { type Content, readContent } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { MAX_DOCUMENT } from "../../../src/image/json.ts";
import { formatReference, type ImageReference, isTag } from "../../../src/image/reference.ts";
import { describeManifest } from "../read/manifest.ts";
import type { Session } from "../session.ts";
import { hasSubject } from "./manifest.ts";

/** The tags that are known to name an image. */
export interface TaggedImages {
  /**
   * Asks whether all the tags name the manifest. One that refers to another manifest is said not to
   * be there: when it is put again, what the registry keeps no account of is written down, too.
   */
  areThere(manifest: Content, tags: readonly string[]): Promise<boolean>;
  /** Tells whether this tag, or any, has been found to name the manifest: all of it is there then. */
  isKnown(manifest: Descriptor, tag?: string): boolean;
}

/** Remembers the tags that are asked for. */
export function createTagMemory(to: Session): TaggedImages {
  const found = new Map<Digest, Set<string>>();
  return {
    async areThere(manifest, tags) {
      const { digest } = manifest.descriptor;
      found.delete(digest);
      if (hasSubject(await readContent(manifest, MAX_DOCUMENT))) return false;
      const known = new Set<string>();
      found.set(digest, known);
      for (const tag of tags) {
        if ((await describeManifest(to, tag))?.digest !== digest) return false;
        known.add(tag);
      }
      return true;
    },
    isKnown({ digest }, tag) {
      const known = found.get(digest);
      return tag === undefined ? known !== undefined && known.size > 0 : known?.has(tag) ?? false;
    },
  };
}

/** Returns the tag for a name of another place, of which only the tag has a meaning in a repository. */
export function tagFor(name: string): string {
  const [bare = ""] = name.split("@");
  const last = bare.slice(bare.lastIndexOf("/") + 1);
  if (last.includes(":")) return last.slice(last.lastIndexOf(":") + 1);
  return bare === name && bare === last ? name : "latest";
}

/**
 * Returns the tags of an image, or its digest where the location names only that.
 * @throws NixociError `USAGE` when a name is not a tag, `DIGEST` when the location names another image.
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
