/** Selects locked images by the names that a user writes. */
import { NixociError } from "../base/errors.ts";
import { formatFamiliarName, parseReference } from "../image/reference.ts";
import { findNearest } from "../base/nearest.ts";
import type { Lock, LockedImage } from "./model.ts";

/** A name in the lock and its image. */
export type LockEntry = readonly [name: string, image: LockedImage];

/**
 * Selects the images that the names mean, in the lock's order: `alpine:3.20` is that one, `alpine`
 * every locked tag of it, and no names at all are all images.
 * @throws NixociError `NOT_FOUND` for a name that is not in the lock, with those that are near.
 */
export function selectEntries(lock: Lock, names: readonly string[] = []): LockEntry[] {
  const entries = Object.entries(lock.images).sort(([a], [b]) => a < b ? -1 : 1);
  if (names.length === 0) return entries;
  const wanted = new Set(names.flatMap((name) => findMatching(entries, name)));
  return entries.filter((entry) => wanted.has(entry));
}

/**
 * Selects the one image that a name means.
 * @throws NixociError as {@link selectEntries}; `USAGE` when there are several.
 */
export function selectEntry(lock: Lock, name: string): LockEntry {
  const [first, ...others] = selectEntries(lock, [name]);
  if (others.length === 0) return first!;
  const all = [first!, ...others].map(formatEntry).join(", ");
  throw new NixociError("USAGE", `${name} names several locked images; say which one`, {
    hint: `it is one of ${all}`,
  });
}

function findMatching(entries: readonly LockEntry[], name: string): LockEntry[] {
  const { host, repository, tag, digest } = parseReference(name);
  if (digest !== undefined) {
    throw new NixociError(
      "USAGE",
      `${name} has a digest, but locked images are named by their tag`,
      {
        hint: `write ${formatFamiliarName({ host, repository, tag })}`,
      },
    );
  }
  const found = entries.filter(([, image]) =>
    image.repository === `${host}/${repository}` && (tag === undefined || image.tag === tag)
  );
  if (found.length > 0) return found;
  throw new NixociError("NOT_FOUND", `${name} is not locked`, { hint: suggestName(name, entries) });
}

/** Suggests names with a similar last part: people leave hosts out, and mistype words. */
function suggestName(name: string, entries: readonly LockEntry[]): string {
  if (entries.length === 0) return "the lock holds no images";
  const last = lastPartOf(parseReference(name).repository);
  const near = findNearest(last, entries.map(([, image]) => lastPartOf(image.repository)));
  const found = entries.filter(([, { repository }]) => lastPartOf(repository) === near);
  if (found.length === 0) return "see what is with nixoci lock list";
  return `did you mean ${found.slice(0, 5).map(formatEntry).join(", ")}?`;
}

function lastPartOf(repository: string): string {
  return repository.slice(repository.lastIndexOf("/") + 1);
}

/** Writes the name as people do, without what is implied. */
function formatEntry([name]: LockEntry): string {
  return formatFamiliarName(parseReference(name));
}
