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
import { redactReference } from "../src/image/reference.ts";
import { describeSchemes, isPathScheme, schemeOf } from "./list.ts";

/** A reference to a place, taken apart. */
export interface PlaceReference {
  /** The transport's own name, whatever alias was written: `registry`, `oci-dir`. */
  readonly scheme: string;
  /** All behind the scheme; its transport reads it. */
  readonly location: string;
  /** The whole as it was written, for messages. */
  readonly text: string;
}

/** Makes the reference to a location of a transport. */
export function placeAt(scheme: string, location: string): PlaceReference {
  return { scheme, location, text: `${scheme}:${location}` };
}

/** The one rule of what is a scheme, for words that may be names of images and for others. */
function findScheme(text: string, mayBeName: boolean): PlaceReference | undefined {
  const [, word = "", location = ""] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  const scheme = schemeOf(word);
  if (scheme === undefined) return undefined;
  const place = { scheme, location, text };
  if (!mayBeName) return place;
  const isPort = /^\d+\//.test(location);
  const isMeant = word.includes("-") || scheme.includes("-") || location.includes("/");
  return isMeant && !isPort ? place : undefined;
}

/** Reads a reference, where what has no scheme is something else, such as a path. */
export function findPlace(text: string): PlaceReference | undefined {
  return findScheme(text, false);
}

/**
 * Reads a reference.
 * @throws NixociError `USAGE` when it has no scheme that is in the list.
 * @example
 * ```ts
 * import { parsePlace } from "nixoci";
 * const { scheme, location } = parsePlace("oci:images:hello");
 * console.log(scheme, location); // oci-dir images:hello
 * ```
 */
export function parsePlace(text: string): PlaceReference {
  const place = findPlace(text);
  if (place !== undefined) return place;
  const shown = redactReference(text);
  throw new NixociError("USAGE", `${JSON.stringify(shown)} does not say where the image is`, {
    hint: suggestScheme(shown),
  });
}

function suggestScheme(text: string): string {
  if (/^(\.{0,2}\/|~)/.test(text) || text.endsWith(".tar")) {
    return `write docker-archive:${text}, oci-archive:${text} or oci-dir:${text}`;
  }
  if (text === "") return describeSchemes();
  return `write registry:${text} for a registry; ${describeSchemes()}`;
}

/**
 * Reads an image's name or a repository, before which `registry:` or `docker://` may stand: the
 * location has neither.
 * @throws NixociError `USAGE` for a URL. The place may be in no registry: that is the caller's to say.
 */
export function parseRegistryPlace(text: string): PlaceReference {
  const [, protocol] = /^(https?):\/\//.exec(text) ?? [];
  if (protocol !== undefined) {
    const message = `${JSON.stringify(redactReference(text))} is a URL, not an image's name`;
    throw new NixociError("USAGE", message, { hint: `leave ${protocol}:// out` });
  }
  const place = findScheme(text, true) ?? { scheme: "registry", location: text, text };
  return place.scheme === "registry" ? { ...place, location: bareLocation(place) } : place;
}

/** Returns a location without the slashes that skopeo writes between scheme and host. */
export function bareLocation({ location }: PlaceReference): string {
  return location.replace(/^\/\//, "");
}

// Where a path ends, a name or a digest begins.
const PIPE = /^-(?=[:@]|$)/;

/** Whether the place is standard input or output. */
export function isPipePlace({ scheme, location }: PlaceReference): boolean {
  return isPathScheme(scheme) && PIPE.test(location);
}

/** Makes a relative path in the location whole. @param folder where it begins. */
export function resolvePlace(place: PlaceReference, folder: string): PlaceReference {
  const { scheme, location, text } = place;
  const isWhole = !isPathScheme(scheme) || location === "" || isPipePlace(place) ||
    location.startsWith("/");
  if (isWhole) return place;
  const whole = resolve(folder, location);
  const written = text.slice(0, text.length - location.length);
  return { scheme, location: whole, text: written + whole };
}
