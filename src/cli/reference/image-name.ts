/** Images as `pull` and `prefetch` are told of them: a name in a registry, and flags beside it. */
import { type Digest, isDigest } from "../../bytes/digest.ts";
import { NixociError } from "../../base/errors.ts";
import { isTag, parseReference } from "../../image/reference.ts";
import { readRegistryPlace, type RegistryPlace } from "./place.ts";

/** An image in a registry, as words name it. */
export interface ImageName {
  /** As given, without scheme, tag and digest: `nixos/nix`. */
  readonly name: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** The same, and the place that it stands for. */
export interface PlacedImage extends ImageName {
  readonly place: RegistryPlace;
}

/**
 * Reads `[registry:|docker://]NAME[:TAG][@DIGEST]`; `registry:` before a NAME that has a slash.
 * @throws NixociError `USAGE` when it is not one, or in another place than a registry.
 */
export function readImageName(text: string): PlacedImage {
  const place = readRegistryPlace(text);
  const { location, image: { tag, digest } } = place;
  const end = (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
  return { name: location.slice(0, location.length - end.length), tag, digest, place };
}

/** The flags that say what an archive calls its image. */
export interface FinalFlags {
  readonly "final-image-name"?: string | undefined;
  readonly "final-image-tag"?: string | undefined;
}

/**
 * Returns what an archive calls the image: what the flags say, else what it is called already.
 * @throws NixociError `USAGE` when a flag gives no name, or no tag.
 */
export function nameInArchive(
  { "final-image-name": name, "final-image-tag": tag }: FinalFlags,
  image: Pick<ImageName, "name" | "tag">,
): { readonly name: string; readonly tag: string } {
  if (name !== undefined && !isName(name)) {
    const message = `--final-image-name: ${JSON.stringify(name)} is not an image's name`;
    throw new NixociError("USAGE", message, {
      hint: "write [host[:port]/]repository, and its tag with --final-image-tag",
    });
  }
  if (tag !== undefined && !isTag(tag)) {
    throw new NixociError("USAGE", `--final-image-tag: ${JSON.stringify(tag)} is not a tag`, {
      hint: "a tag has 1 to 128 letters, digits, _, . or -, and no . or - first",
    });
  }
  return { name: name ?? image.name, tag: tag ?? image.tag ?? "latest" };
}

/** Tells whether the text is a name alone, without tag and digest. */
function isName(text: string): boolean {
  try {
    const { tag, digest } = parseReference(text);
    return tag === undefined && digest === undefined;
  } catch {
    return false;
  }
}

/**
 * Returns the one of several words for the same thing.
 * @throws NixociError `USAGE` where they differ.
 */
export function chooseAgreed<T extends string>(
  what: string,
  ...words: readonly (T | undefined)[]
): T | undefined {
  const [first, ...others] = [...new Set(words.filter((word) => word !== undefined))];
  if (others.length === 0) return first;
  throw new NixociError("USAGE", `The image has two ${what}s: ${first} and ${others[0]}`, {
    hint: "give one of them",
  });
}

/**
 * Reads a flag's digest.
 * @throws NixociError `USAGE` when it is not one.
 */
export function readDigest(flag: string, text: string | undefined): Digest | undefined {
  if (text === undefined || isDigest(text)) return text;
  throw new NixociError("USAGE", `${flag}: ${JSON.stringify(text)} is not a digest`, {
    hint: "a digest is sha256: and 64 hex digits, or sha512: and 128, in lower case",
  });
}
