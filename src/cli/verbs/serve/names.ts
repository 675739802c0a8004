/** The sources to serve and the repositories that they become, as words say. */
import { basename } from "node:path";
import {
  filePathOf,
  hasScheme,
  parsePlace,
  type PlaceReference,
} from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import { isRepository } from "../../../image/reference.ts";

/** A repository and what it serves: a place, or a SPEC that is built when it is asked for. */
export type NamedSource =
  & { readonly repository: string }
  & (
    | { readonly kind: "place"; readonly place: PlaceReference }
    | { readonly kind: "spec"; readonly path: string }
  );

/**
 * Reads `[NAME=]SOURCE` words; without a name the place's own is used.
 * @throws NixociError `USAGE` for words that are none, and names that are none or twice there.
 */
export function readNamedSources(words: readonly string[]): NamedSource[] {
  const seen = new Map<string, string>();
  return words.map((word) => {
    const [, given, rest = word] = /^([^=:/]+(?:\/[^=:]+)*)=(.+)$/s.exec(word) ?? [];
    const source = readServed(rest);
    const repository = given ?? nameOf(source);
    if (!isRepository(repository)) throw nameError(word, repository);
    const before = seen.get(repository);
    if (before !== undefined) {
      throw new NixociError(
        "USAGE",
        `${before} and ${word} are both the repository ${repository}`,
        {
          hint: "name one of them: NAME=SOURCE",
        },
      );
    }
    seen.set(repository, word);
    return { ...source, repository };
  });
}

type Served =
  | { readonly kind: "place"; readonly place: PlaceReference }
  | { readonly kind: "spec"; readonly path: string };

function readServed(text: string): Served {
  if (!hasScheme(text) && text.endsWith(".json")) return { kind: "spec", path: text };
  return { kind: "place", place: parsePlace(text) };
}

/** Makes a repository's name of what a source is called. */
function nameOf(source: Served): string {
  if (source.kind === "place" && source.place.image) return source.place.image.repository;
  const location = source.kind === "spec" ? source.path : filePathOf(source.place);
  return basename(location).replace(/\.(?:json|tar|tgz|tar\.\w+)$/, "").toLowerCase();
}

function nameError(word: string, name: string): NixociError {
  return new NixociError("USAGE", `${JSON.stringify(name)} is not a repository's name`, {
    hint: `name it: NAME=${
      word.slice(word.indexOf("=") + 1)
    }, of a-z, 0-9, and . _ - / between them`,
  });
}
