/** Places that name one thing by its digest. */
import { parsePlace, type PlaceReference } from "../../../transports/reference.ts";
import { NixociError } from "../../base/errors.ts";
import { type Digest, isDigest } from "../../bytes/digest.ts";

/** A place, and the digest that it ends with. */
export interface DigestPlace {
  readonly place: PlaceReference;
  readonly digest: Digest;
}

/** Parses `scheme:location@digest`. @throws NixociError `USAGE`. */
export function parseDigestPlace(text: string): DigestPlace {
  const place = parsePlace(text, { lasting: true });
  const [, digest] = /@([^@]+)$/s.exec(place.location) ?? [];
  if (isDigest(digest)) return { place, digest };
  throw new NixociError("USAGE", `${text} does not name a blob`, {
    hint:
      "write its digest behind it: registry:[host/]repository@sha256:… or oci-dir:path@sha256:…",
  });
}
