/** Places as the words of a command line name them. */
import { locationKindOf, schemeOf } from "../../../transports/list.ts";
import { parsePlace, type PlaceReference } from "../../../transports/reference.ts";
import { NixociError } from "../../base/errors.ts";
import { type ImageReference, redactReference } from "../../image/reference.ts";

/** A place in a registry. */
export interface RegistryPlace extends PlaceReference {
  /** The name alone, without `registry:` or `docker://`. */
  readonly location: string;
  readonly image: ImageReference;
}

/**
 * Reads the name of an image in a registry, with `registry:` or `docker://` before it or not.
 * @throws NixociError `USAGE` when it is in another place than a registry.
 */
export function readRegistryPlace(text: string): RegistryPlace {
  const { image, ...place } = parsePlace(text, { bare: "registry" });
  if (image !== undefined) return { ...place, image };
  throw new NixociError("USAGE", `${JSON.stringify(redactReference(text))} is in no registry`, {
    hint: "use nixoci copy, which takes images from anywhere",
  });
}

/**
 * Checks that a place in a registry is a repository, whose tags are asked for.
 * @throws NixociError `USAGE` for a tag or digest in it.
 */
export function checkRepository(
  { text, location }: PlaceReference,
  { host, repository, tag, digest }: ImageReference,
): void {
  if (tag === undefined && digest === undefined) return;
  throw new NixociError("USAGE", `${JSON.stringify(location)} names one image, not a repository`, {
    hint: `write nixoci tags ${host}/${repository}` + suggestName(text, location),
  });
}

/** `registry:alpine` is the image `registry` with a tag, which few have in mind, and so is `dir:x`. */
function suggestName(text: string, location: string): string {
  const [, word = "", name] = /^([a-z]+):(.*)$/.exec(text) ?? [];
  if (text !== location) return "";
  if (word === "registry") return `, or nixoci tags ${name} for the repository ${name}`;
  const scheme = schemeOf(word);
  const isPath = scheme !== undefined && locationKindOf(scheme) === "path";
  return isPath ? `, or ${word}:./${name} for the path` : "";
}

/**
 * Reads where the folder of an OCI layout is: `oci-dir:PATH`, or the path alone.
 * @param whyNoName why there can be no name in it, for the message.
 * @throws NixociError `USAGE` for other places, and for a name in it.
 */
export function readLayoutFolder(
  text: string,
  whyNoName = "the lock says what images are called there",
): string {
  const { scheme, location: path } = parsePlace(text, { bare: "oci-dir" });
  const isLayout = scheme === "oci-dir";
  if (isLayout && path !== "" && !path.includes(":") && !path.includes("@sha")) return path;
  const why = !isLayout
    ? "it has to be a folder, as an OCI layout"
    : path === ""
    ? "it names no folder"
    : whyNoName;
  throw new NixociError("USAGE", `Cannot use ${text || '""'}: ${why}`, {
    hint: "write oci-dir:PATH",
  });
}
