/** Places as the words of a command line name them. */
import { describeSchemes } from "../../../transports/list.ts";
import {
  findPlace,
  parsePlace,
  parseRegistryPlace,
  type PlaceReference,
} from "../../../transports/reference.ts";
import { NixociError } from "../../base/errors.ts";
import { parseReference, redactReference } from "../../image/reference.ts";

/**
 * Reads a reference to an image's place.
 * @throws NixociError `USAGE` when it is none, or would be gone when the command ends.
 */
export function readPlace(text: string): PlaceReference {
  const place = parsePlace(text);
  if (place.scheme !== "memory") return place;
  throw new NixociError("USAGE", "memory: is for programs: the command would lose what it holds", {
    hint: describeSchemes(),
  });
}

/**
 * Reads the name of an image in a registry: the name alone, without `registry:` or `docker://`.
 * @throws NixociError `USAGE` when it is in another place than a registry.
 */
export function readRegistryName(text: string): string {
  const { scheme, location } = parseRegistryPlace(text);
  if (scheme === "registry") return location;
  throw new NixociError("USAGE", `${JSON.stringify(redactReference(text))} is in no registry`, {
    hint: "use nixoci copy, which takes images from anywhere",
  });
}

/**
 * Reads the name of a repository, whose tags are asked for.
 * @throws NixociError `USAGE` for a place in no registry, and for a tag or digest in it.
 */
export function readRepository(text: string): string {
  const location = readRegistryName(text);
  const { host, repository, tag, digest } = parseReference(location);
  if (tag === undefined && digest === undefined) return location;
  throw new NixociError("USAGE", `${JSON.stringify(location)} names one image, not a repository`, {
    hint: `write nixoci tags ${host}/${repository}` + hintAtScheme(text, location),
  });
}

/** `registry:alpine` is the image `registry` with a tag, which few have in mind. */
function hintAtScheme(text: string, location: string): string {
  const [, name] = /^registry:(.*)$/.exec(text) ?? [];
  const isName = name !== undefined && text === location;
  return isName ? `, or nixoci tags ${name} for the repository ${name}` : "";
}

/**
 * Reads where the folder of an OCI layout is: `oci-dir:PATH`, or the path alone.
 * @throws NixociError `USAGE` for other places, and for a name in it: names come from the lock.
 */
export function readLayoutFolder(text: string): string {
  const place = findPlace(text) ?? { scheme: "oci-dir", location: text };
  const isLayout = place.scheme === "oci-dir";
  const path = place.location;
  if (isLayout && path !== "" && !path.includes(":") && !path.includes("@sha")) return path;
  const why = !isLayout
    ? "it has to be a folder, as an OCI layout"
    : path === ""
    ? "it names no folder"
    : "the lock says what images are called there";
  throw new NixociError("USAGE", `Cannot use ${text || '""'}: ${why}`, {
    hint: "write oci-dir:PATH",
  });
}
