/** Names the places that images go to: the destination of a rule, with their own names in it. */
import { NixociError } from "../../base/errors.ts";
import { formatReference, type ImageReference } from "../../image/reference.ts";

/** An image's name. */
export interface SyncedName extends ImageReference {
  /** The word that it is called by in a layout or archive, which need not be a whole name. */
  readonly called?: string;
}

/** The words in braces, and what they stand for. */
const WORDS: Readonly<Record<string, (image: SyncedName) => string>> = {
  // A host's port has no place in a repository's path.
  host: ({ host }) => host.replace(/[[\]]/g, "").replaceAll(":", "-"),
  repository: ({ repository }) => repository,
  name: ({ repository }) => repository.slice(repository.lastIndexOf("/") + 1),
  tag: ({ tag, digest }) => tag ?? digest?.replace(":", "-") ?? "latest",
  digest: ({ digest }) => digest ?? "",
  reference: (image) => image.called ?? formatReference(image),
};

/**
 * Returns the place of an image, as `scheme:location`.
 * @param destination the rule's, with words in braces.
 * @param where the rule stands, for messages.
 * @throws NixociError `USAGE` for a word that means nothing.
 */
export function nameDestination(destination: string, image: SyncedName, where: string): string {
  // What is named by its digest alone keeps that as its name.
  const isByDigest = image.tag === undefined && image.digest !== undefined;
  const form = isByDigest ? destination.replace(/:\{tag\}$/, "@{digest}") : destination;
  return form.replace(/\{([^{}]*)\}/g, (_, word: string) => {
    const write = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (write !== undefined) return write(image);
    throw new NixociError("USAGE", `${where}: {${word}} stands for nothing`, {
      hint: `the words are ${Object.keys(WORDS).map((name) => `{${name}}`).join(", ")}`,
    });
  });
}

/** Checks the words in braces of a destination. @throws NixociError `USAGE`. */
export function checkDestination(destination: string, where: string): string {
  nameDestination(destination, { host: "localhost", repository: "a", tag: "b" }, where);
  return destination;
}
