/** Keeps the number of layers within a limit. */
import { NixociError } from "../base/errors.ts";
import type { Closure } from "../nix/formats/path-info.ts";

/** Gives each path a layer; the last of `maxLayers` holds all that remain. */
export function cutIntoLayers(paths: readonly string[], maxLayers: number): string[][] {
  if (paths.length <= maxLayers) return paths.map((path) => [path]);
  return [...paths.slice(0, maxLayers - 1).map((path) => [path]), paths.slice(maxLayers - 1)];
}

/**
 * Returns how many of an image's `maxLayers` are left for store paths.
 *
 * dockerTools counts the base image's layers, and keeps one for the files outside the store;
 * nix2container's maximum is for the store paths alone, and explicit layers count in neither.
 * @throws NixociError `USAGE` when none is left, naming the least that works.
 */
export function countLayersLeft(
  style: "dockertools" | "nix2container",
  maxLayers: number,
  baseLayers = 0,
): number {
  checkMaxLayers(maxLayers);
  const taken = style === "nix2container" ? 0 : baseLayers + 1;
  if (maxLayers > taken) return maxLayers - taken;
  const base = baseLayers === 0 ? "" : `the base image has ${baseLayers}, `;
  throw new NixociError(
    "USAGE",
    `maxLayers is ${maxLayers}, which leaves no layer for store paths: ${base}` +
      "one is kept for files outside the store",
    { hint: `set maxLayers to ${taken + 1} or more` },
  );
}

/**
 * Checks a number of layers.
 * @throws NixociError `USAGE` unless it is a whole number, 1 or more.
 */
export function checkMaxLayers(maxLayers: number): void {
  if (Number.isSafeInteger(maxLayers) && maxLayers >= 1) return;
  const message = `maxLayers must be a whole number, 1 or more, not ${maxLayers}`;
  throw new NixociError("USAGE", message);
}

/** Returns the closure without some paths, and without references to them. */
export function omitPaths(closure: Closure, excluded: ReadonlySet<string>): Closure {
  if (excluded.size === 0) return closure;
  return closure.filter(({ path }) => !excluded.has(path)).map((info) => ({
    ...info,
    references: info.references.filter((reference) => !excluded.has(reference)),
  }));
}
