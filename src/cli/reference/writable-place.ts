/** Places that take parts of images one by one. */
import { parsePlace, type PlaceReference } from "../../../transports/reference.ts";
import { NixociError } from "../../base/errors.ts";

/**
 * Parses a repository or layout.
 * @param doing what was to be done, for the message: `tag`.
 * @throws NixociError `USAGE` for other places.
 */
export function parseWritablePlace(text: string, doing: string): PlaceReference {
  const place = parsePlace(text, { lasting: true });
  if (place.scheme === "registry" || place.scheme === "oci-dir") return place;
  throw new NixociError(
    "USAGE",
    `Cannot ${doing} ${text}: only registries and layouts take parts of images`,
    {
      hint: "copy it to oci-dir:PATH first, or to a registry",
    },
  );
}
