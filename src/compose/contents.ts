/** The paths that a part of a SPEC puts into layers: a closure, and what is copied to the root. */
import { NixociError } from "../base/errors.ts";
import type { Closure } from "../nix/formats/path-info.ts";
import type { ImageDraft } from "./draft.ts";
import type { SpecPaths } from "./paths.ts";
import type { NamedPath, SpecPart } from "./parts.ts";

/** Follows the links of a part's paths, and proves that what is copied are folders. */
export async function locatePart(
  part: SpecPart,
  paths: SpecPaths,
  { includeStorePaths, copiesInStore, isSingle }: Pick<
    ImageDraft,
    "includeStorePaths" | "copiesInStore" | "isSingle"
  >,
): Promise<SpecPart> {
  const all = <T extends NamedPath>(named: readonly T[]): Promise<T[]> =>
    Promise.all(named.map(async (one) => ({ ...one, path: (await paths.locate(one)).path })));
  const copied = await all(part.copyToRoot);
  const copyToRoot = await Promise.all(copied.map(paths.checkFolder));
  // A store path that is a link is in the store itself, too, where copied paths are.
  const links = !copiesInStore || !includeStorePaths || isSingle
    ? []
    : copied.filter(({ path }, i) => path !== copyToRoot[i]!.path);
  return {
    ...part,
    deps: [...await all(part.deps), ...links],
    copyToRoot,
    contents: await all(part.contents),
    perms: await all(part.perms),
  };
}

/** The paths that a part of the SPEC puts into layers. */
export interface Contents {
  readonly closure: Closure;
  /** Store paths of the closure that are moved to the root, and are not in the image's store. */
  readonly moved: ReadonlySet<string>;
  /** Paths whose files are copied to the root besides. */
  readonly copies: readonly string[];
}

/**
 * Finds what a part is made of. What dockerTools copies to the root is in the store, too. In
 * nix2container's images it is moved instead, unless something else names it; and so it is where
 * `copiesInStore` says so, unless something in the store refers to it, be it itself.
 * @param named the store paths that it asks for.
 * @throws NixociError `USAGE` for perms of paths that are not in it, and what finding them throws.
 */
export async function contentsOf(
  part: SpecPart,
  named: readonly NamedPath[],
  { style, includeStorePaths, copiesInStore }: ImageDraft,
  paths: SpecPaths,
): Promise<Contents> {
  const sources = [...new Set(part.copyToRoot.map(({ path }) => path))];
  if (!includeStorePaths) {
    return checkPerms(part, { closure: [], moved: new Set(), copies: sources });
  }
  const stored = part.copyToRoot.filter(({ path }) => paths.storePathOf(path) !== undefined);
  const closure = await paths.closureOf([...named, ...stored]);
  const alsoNamed = new Set(named.map(({ path }) => path));
  const moved = new Set(
    sources.filter((path) => paths.storePathOf(path) === path && !alsoNamed.has(path)),
  );
  if (style === "nix2container") {
    const copies = sources.filter((path) => !moved.has(path));
    return checkPerms(part, { closure, moved, copies });
  }
  const left = copiesInStore ? new Set() : dropReferred(moved, closure);
  const kept = closure.filter(({ path }) => !left.has(path));
  return checkPerms(part, { closure: kept, moved: new Set(), copies: sources });
}

/** Drops the paths that something in the store refers to. */
function dropReferred(paths: ReadonlySet<string>, closure: Closure): Set<string> {
  const referred = new Set(closure.flatMap(({ references }) => references));
  return new Set([...paths].filter((path) => !referred.has(path)));
}

/** Proves that every path which the part gives permissions is in the contents. */
function checkPerms(part: SpecPart, contents: Contents): Contents {
  const { closure, copies } = contents;
  const known = new Set([...closure.map(({ path }) => path), ...copies]);
  const stray = part.perms.find(({ path }) => !known.has(path));
  if (stray === undefined) return contents;
  const where = part.at === "" ? "the image" : part.at;
  throw new NixociError("USAGE", `${stray.at}.path: ${stray.path} is not in ${where}`, {
    hint: "name a store path of its closure, or a path of copyToRoot, as it is written there",
  });
}
