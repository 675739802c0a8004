/** Opens the base image that a SPEC names. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { openSource, type TransportOptions } from "../../../transports/mod.ts";
import { blobFileIn } from "../../../transports/oci-dir/mod.ts";
import { bareLocation, type PlaceReference } from "../../../transports/reference.ts";
import type { Hold } from "../../base/dispose.ts";
import type { Base } from "../../compose/base.ts";
import { selectBaseImage } from "../../compose/select-base.ts";
import type { SpecInFolder } from "../../compose/spec/read.ts";
import { NixociError, wrapError } from "../../base/errors.ts";
import { parseReference } from "../../image/reference.ts";
import type { Image } from "../../image/root.ts";
import type { Source } from "../../image/source.ts";
import { findBase } from "./base-reference.ts";

/** A base image, and the source that it is read from. */
export interface OpenBase {
  readonly base: Base;
  readonly source: Source;
}

/**
 * Opens the base that the SPEC names, for the platform that it says; `undefined` when it names none.
 * @param hold takes care of the base's source.
 */
export async function openBase(
  { spec, folder }: SpecInFolder,
  options: TransportOptions,
  hold: Hold,
): Promise<OpenBase | undefined> {
  const { fromImage, fromImageName: name, fromImageTag: tag } = spec;
  if (!fromImage) {
    if (!name && !tag) return undefined;
    throw new NixociError("USAGE", `${name ? "fromImageName" : "fromImageTag"}: of what?`, {
      hint: "give fromImage too",
    });
  }
  const place = await findBase(fromImage, { name, tag }, folder);
  const source = hold(await openSource(place, options));
  try {
    const image = await selectBaseImage(spec, source, options);
    const base = {
      image,
      reference: pinReference(place, image),
      fileOf: blobFinder(place, options),
    };
    return { base, source };
  } catch (error) {
    throw wrapError(error, `Cannot use the base image ${place.text}`);
  }
}

/** Returns what finds the files of a layout's blobs. */
function blobFinder(
  { scheme, location }: PlaceReference,
  options: TransportOptions,
): NonNullable<Base["fileOf"]> {
  return (digest) => {
    if (scheme !== "oci-dir") return undefined;
    const file = resolve(blobFileIn(location, digest, options));
    return existsSync(file) ? file : undefined;
  };
}

/** Names the image by its digest in a registry, for tags move: a plan says where its layers are. */
function pinReference(place: PlaceReference, { manifest }: Image): string {
  if (place.scheme !== "registry") return place.text;
  const { host, repository } = parseReference(bareLocation(place));
  return `registry:${host}/${repository}@${manifest.descriptor.digest}`;
}
