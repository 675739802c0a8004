/** Errors for words that should name a place, which say what could have been meant. */
import { NixociError } from "../src/base/errors.ts";
import { findNearest } from "../src/base/nearest.ts";
import { redactReference } from "../src/image/reference.ts";
import { FOREIGN_SCHEMES } from "./lib/foreign-schemes.ts";
import { describeSchemes, listSchemes } from "./list.ts";

/** Returns the error for a word that is not a reference to a place. */
export function createPlaceError(text: string): NixociError {
  const shown = redactReference(text);
  const word = text.split(":", 1)[0]!.toLowerCase();
  if (text.length !== word.length && Object.hasOwn(FOREIGN_SCHEMES, word)) {
    const message = `${JSON.stringify(shown)}: ${word}: is not supported`;
    return new NixociError("USAGE", message, { hint: FOREIGN_SCHEMES[word] });
  }
  const [protocol] = /^\w+:\/\//.exec(text) ?? [];
  if (protocol !== undefined && findNearestPlace(text) === undefined) {
    const message = `${JSON.stringify(shown)}: ${protocol} is not supported`;
    return new NixociError("USAGE", message, { hint: describeSchemes() });
  }
  return new NixociError("USAGE", `${JSON.stringify(shown)} does not say where the image is`, {
    hint: suggestPlace(shown),
  });
}

/** Returns the error for a place that is gone when the command ends. */
export function createFleetingError(scheme: string): NixociError {
  const message = `${scheme}: is for programs: the command would lose what it holds`;
  return new NixociError("USAGE", message, { hint: describeSchemes() });
}

/**
 * Returns the error for a URL in the place of a name, `undefined` for other words.
 * @param before what has to stand before the host instead of the URL's scheme.
 */
export function createUrlError(text: string, before: string): NixociError | undefined {
  const [, protocol, rest] = /^(?:(?:registry|docker):(?:\/\/)?)?(https?):\/\/(.*)$/s.exec(text) ??
    [];
  if (protocol === undefined) return undefined;
  const message = `${JSON.stringify(redactReference(text))} is a URL, not an image's name`;
  const insecure = protocol === "http" ? ", with --tls-verify=false" : "";
  const write = `${before}${redactReference(rest!)}`;
  return new NixociError("USAGE", message, {
    hint: `leave ${protocol}:// out and write ${write}${insecure}`,
  });
}

/** A host with its port and no more, which would be an image of Docker Hub with a tag. */
export const HOST_ALONE = /^(localhost|[\w-]+(\.[\w-]+)+):\d{1,5}$/;

/** Returns the error for a host in the place of a name. */
export function createHostError(host: string): NixociError {
  return new NixociError("USAGE", `${JSON.stringify(host)} names a host, but no repository`, {
    hint: `write ${host}/REPOSITORY`,
  });
}

function suggestPlace(text: string): string {
  if (/^(\.{0,2}\/|~)/.test(text) || text.endsWith(".tar")) {
    return `write docker-archive:${text}, oci-archive:${text} or oci-dir:${text}`;
  }
  if (text === "") return describeSchemes();
  const near = findNearestPlace(text);
  if (near !== undefined) return `did you mean ${near}? ${describeSchemes()}`;
  return `write registry:${text} for a registry; ${describeSchemes()}`;
}

/** Returns the text with the scheme that was probably meant; a host and its port are none. */
function findNearestPlace(text: string): string | undefined {
  const [, word, rest] = /^([a-z][a-z_-]+)(:.*)$/is.exec(text) ?? [];
  if (word === undefined || /^:\d+\//.test(rest!)) return undefined;
  const schemes = listSchemes().flatMap(({ scheme, aliases }) => [scheme, ...aliases]);
  const near = findNearest(word.toLowerCase().replaceAll("_", "-"), schemes);
  return near === undefined ? undefined : near + rest;
}
