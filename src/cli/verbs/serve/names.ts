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

/** A name, and what is served under it. */
export type NamedSource = NamedRepository | NamedRegistry;

/** A repository: a place, or a SPEC that is built when it is asked for. */
export type NamedRepository =
  & { readonly repository: string }
  & (
    | { readonly kind: "place"; readonly place: PlaceReference }
    | { readonly kind: "spec"; readonly path: string }
  );

/** The repositories of another registry, below a name that may be empty. */
export type NamedRegistry = { readonly repository: string } & WholeRegistry;

/** Tells whether it is a registry that is served whole. */
export function isWholeRegistry(source: NamedSource): source is NamedRegistry {
  return source.kind === "registry";
}

/** Returns the host of the registry that a source is in, if it is in one. */
export function hostOf(source: NamedSource): string | undefined {
  if (source.kind === "registry") return source.host;
  return source.kind === "place" ? source.place.image?.host : undefined;
}

/** All repositories of a registry, or those below a path. */
export interface WholeRegistry {
  readonly kind: "registry";
  readonly host: string;
  /** Ends in a slash, or is empty. */
  readonly path: string;
}

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
    const isRoot = source.kind === "registry" && given === undefined;
    if (!isRoot && !isRepository(repository)) throw nameError(word, repository);
    const before = seen.get(repository);
    if (before !== undefined) {
      throw new NixociError(
        "USAGE",
        `${before} and ${word} are both ${
          isRoot ? "without a name" : `the repository ${repository}`
        }`,
        {
          hint: "name one of them: NAME=SOURCE",
        },
      );
    }
    seen.set(repository, word);
    return { ...source, repository };
  });
}

type ServedThing =
  | { readonly kind: "place"; readonly place: PlaceReference }
  | { readonly kind: "spec"; readonly path: string }
  | WholeRegistry;

function readServed(text: string): ServedThing {
  if (!hasScheme(text) && text.endsWith(".json")) return { kind: "spec", path: text };
  return readWholeRegistry(text) ?? { kind: "place", place: parsePlace(text) };
}

// Two names, so that Docker Hub's own is not taken for one of its official ones.
const BELOW = "some/name";

/** Reads `registry:HOST/` and `registry:HOST/PATH/`. */
function readWholeRegistry(text: string): WholeRegistry | undefined {
  if (!text.endsWith("/")) return undefined;
  const { scheme, image } = parsePlace(text + BELOW);
  if (scheme !== "registry" || image === undefined) return undefined;
  const { host, repository } = image;
  return { kind: "registry", host, path: repository.slice(0, -BELOW.length) };
}

/** Makes a repository's name of what a source is called. */
function nameOf(source: ServedThing): string {
  if (source.kind === "registry") return "";
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
