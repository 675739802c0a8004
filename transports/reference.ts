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
import { findNearest } from "../src/base/nearest.ts";
import { redactReference } from "../src/image/reference.ts";
import { FOREIGN_SCHEMES } from "./lib/foreign-schemes.ts";
import { describeSchemes, isPathScheme, listSchemes, schemeOf } from "./list.ts";

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
  refuseUrl(text, "registry:");
  const place = findPlace(text);
  if (place !== undefined) return place;
  const shown = redactReference(text);
  const foreign = foreignSchemeOf(text);
  if (foreign !== undefined) throw foreignSchemeError(shown, foreign);
  throw new NixociError("USAGE", `${JSON.stringify(shown)} does not say where the image is`, {
    hint: suggestScheme(shown),
  });
}

function suggestScheme(text: string): string {
  if (/^(\.{0,2}\/|~)/.test(text) || text.endsWith(".tar")) {
    return `write docker-archive:${text}, oci-archive:${text} or oci-dir:${text}`;
  }
  if (text === "") return describeSchemes();
  const near = nearestScheme(text);
  if (near !== undefined) return `did you mean ${near}? ${describeSchemes()}`;
  return `write registry:${text} for a registry; ${describeSchemes()}`;
}

/** Returns the text with the scheme that was probably meant; a host and its port are none. */
function nearestScheme(text: string): string | undefined {
  const [, word, rest] = /^([a-z][a-z-]+)(:.*)$/s.exec(text) ?? [];
  if (word === undefined || /^:\d+\//.test(rest!)) return undefined;
  const schemes = listSchemes().flatMap(({ form, aliases }) => [form.split(":")[0]!, ...aliases]);
  const near = findNearest(word, schemes);
  return near === undefined ? undefined : near + rest;
}

/** Returns the scheme of another tool that the text begins with. */
function foreignSchemeOf(text: string): string | undefined {
  const [word] = text.split(":", 1);
  return text !== word && Object.hasOwn(FOREIGN_SCHEMES, word!) ? word : undefined;
}

function foreignSchemeError(shown: string, scheme: string): NixociError {
  const message = `${JSON.stringify(shown)}: ${scheme}: is not supported`;
  return new NixociError("USAGE", message, { hint: FOREIGN_SCHEMES[scheme] });
}

/** @param before what has to stand before the host instead of the URL's scheme. */
function refuseUrl(text: string, before: string): void {
  const [, protocol, rest] = /^(?:(?:registry|docker):(?:\/\/)?)?(https?):\/\/(.*)$/s.exec(text) ??
    [];
  if (protocol === undefined) return;
  const message = `${JSON.stringify(redactReference(text))} is a URL, not an image's name`;
  const insecure = protocol === "http" ? ", with --tls-verify=false" : "";
  const write = `${before}${redactReference(rest!)}`;
  throw new NixociError("USAGE", message, {
    hint: `leave ${protocol}:// out and write ${write}${insecure}`,
  });
}

/**
 * Reads an image's name or a repository, before which `registry:` or `docker://` may stand: the
 * location has neither.
 * @throws NixociError `USAGE` for a URL. The place may be in no registry: that is the caller's to say.
 */
export function parseRegistryPlace(text: string): PlaceReference {
  refuseUrl(text, "");
  const foreign = foreignSchemeOf(text);
  if (foreign !== undefined && (foreign.includes("-") || text.startsWith(`${foreign}:/`))) {
    throw foreignSchemeError(redactReference(text), foreign);
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
