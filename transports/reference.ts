/**
 * References to places, `scheme:location`: read once, where a user or a file writes them, and carried
 * as values from there on.
 *
 * The word before the first colon is the scheme. Where it may be left out because an image in a
 * registry is meant (`pull`, `prefetch`, `lock`, `tags`), a word is a scheme only where a name could
 * not look so: with a slash behind it, which no tag has, or with a hyphen in it or in what it stands
 * for (`oci` is `oci-dir`). There `docker:27` is the image `docker` with the tag 27, and
 * `podman:5000/app` an image on a host with a port.
 */
import { resolve } from "node:path";
import { NixociError } from "../src/base/errors.ts";
import type { PlaceReference } from "../src/image/place.ts";
import { formatReference, type ImageReference, parseReference } from "../src/image/reference.ts";
import { FOREIGN_SCHEMES } from "./lib/foreign-schemes.ts";
import { isInProcess, locationKindOf, schemeOf } from "./list.ts";
import {
  createFleetingError,
  createHostError,
  createPlaceError,
  createUrlError,
  HOST_ALONE,
} from "./place-error.ts";

export type { PlaceReference };

/** The place where a reference stands, which decides what it can mean. */
export interface PlaceWords {
  /** The scheme of a word that has none; without it such a word is refused. */
  readonly bare?: "registry" | "oci-dir";
  /** The place has to be there when the process has ended. */
  readonly lasting?: boolean;
}

/**
 * Reads a reference.
 * @throws NixociError `USAGE` when it has no scheme that is in the list, or names an image in a
 * registry wrongly.
 * @example
 * ```ts
 * import { parsePlace } from "nixoci";
 * const { scheme, location } = parsePlace("oci:images:hello");
 * console.log(scheme, location); // oci-dir images:hello
 * ```
 */
export function parsePlace(text: string, { bare, lasting }: PlaceWords = {}): PlaceReference {
  if (text.includes("\0")) {
    throw new NixociError("USAGE", `${JSON.stringify(text)} has a NUL character in it`);
  }
  const isName = bare === "registry";
  const url = text.includes("://") ? createUrlError(text, isName ? "" : "registry:") : undefined;
  if (url) throw url;
  const [, word = "", behind = ""] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  const known = schemeOf(word);
  const isNoName = (`${word}${known}`.includes("-") || behind.includes("/")) &&
    !/^\d+\//.test(behind);
  const own = !isName || isNoName ? known : undefined;
  const isForeign = Object.hasOwn(FOREIGN_SCHEMES, word) &&
    (word.includes("-") || behind.startsWith("/"));
  const scheme = own ?? (isName && isForeign ? undefined : bare);
  if (scheme === undefined) throw createPlaceError(text);
  if (lasting && isInProcess(scheme)) throw createFleetingError(scheme);
  const location = own === undefined ? text : behind;
  if (locationKindOf(scheme) !== "image") return { scheme, location, text };
  const name = location.replace(/^\/\//, ""); // skopeo writes slashes
  if (scheme === "registry" && HOST_ALONE.test(name)) throw createHostError(name);
  return { scheme, location: name, text, image: parseReference(name) };
}

/**
 * Makes the reference to a location of a transport.
 * @throws NixociError `USAGE` when it should be an image's name, and is none.
 */
export function makePlace(scheme: string, location: string): PlaceReference {
  return parsePlace(`${scheme}:${location}`);
}

/** Makes the reference to an image in a registry, by its whole name. */
export function makeImagePlace(image: ImageReference): PlaceReference {
  const location = formatReference(image);
  return { scheme: "registry", location, text: `registry:${location}`, image };
}

/** Tells whether the text begins with a scheme; without one it may be a path. */
export function hasScheme(text: string): boolean {
  const [word = ""] = text.split(":", 1);
  return text !== word && schemeOf(word) !== undefined;
}

// Where a path ends, a name or a digest begins.
const PIPE = /^-(?=[:@]|$)/;

/** Tells whether the place is standard input or output. */
export function isPipePlace({ scheme, location }: PlaceReference): boolean {
  return locationKindOf(scheme) === "path" && PIPE.test(location);
}

/** Returns the path in a location, without the name or digest of an image behind it. */
export function filePathOf({ location }: PlaceReference): string {
  return location.replace(/(?::|@sha(?:256|512):).*$/s, "");
}

/** Makes a relative path in the location whole. @param folder where it begins. */
export function resolvePlace(place: PlaceReference, folder: string): PlaceReference {
  const { scheme, location, text } = place;
  const isWhole = locationKindOf(scheme) !== "path" || location === "" || isPipePlace(place) ||
    location.startsWith("/");
  if (isWhole) return place;
  const whole = resolve(folder, location);
  const written = text.slice(0, text.length - location.length);
  return { scheme, location: whole, text: written + whole };
}
