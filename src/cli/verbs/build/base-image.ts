/** Opens the base image that a SPEC names. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { blobFileIn } from "../../../../transports/oci-dir.ts";
import { bareLocation, type PlaceReference } from "../../../../transports/reference.ts";
import type { Base } from "../../../compose/base.ts";
import type { ReadSpec } from "../../../compose/spec/read.ts";
import type { Spec } from "../../../compose/spec/spec.ts";
import { during, NixociError } from "../../../base/errors.ts";
import { hostPlatform, normalize } from "../../../image/platform.ts";
import { parseReference } from "../../../image/reference.ts";
import type { Image, Source } from "../../../image/root.ts";
import { scratch } from "../../../image/scratch.ts";
import { platform } from "../../../steps/platform.ts";
import { findBase } from "./base-reference.ts";

/** A base image, and the source that it is read from. */
export interface OpenBase {
  readonly base: Base;
  readonly source: Source;
}

/**
 * The base that the SPEC names, for the platform that it says; `undefined` when it names none. Whoever
 * opens it lets go of its source.
 */
export async function openBase(
  { spec, folder }: ReadSpec,
  options: TransportOptions,
): Promise<OpenBase | undefined> {
  const { fromImage, fromImageName: name, fromImageTag: tag } = spec;
  if (!fromImage) {
    if (!name && !tag) return undefined;
    throw new NixociError("USAGE", `${name ? "fromImageName" : "fromImageTag"}: of what?`, {
      hint: "give fromImage too",
    });
  }
  const place = await findBase(fromImage, { name, tag }, folder);
  const source = await openSource(place, options);
  try {
    const image = await imageFor(spec, source, options);
    const base = {
      image,
      reference: pinned(place, image),
      fileOf: filesOf(place, options),
    };
    return { base, source };
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw during(error, `Cannot use the base image ${place.text}`);
  }
}

/** Where the blobs of a layout lie. */
function filesOf(
  { scheme, location }: PlaceReference,
  options: TransportOptions,
): NonNullable<Base["fileOf"]> {
  return (digest) => {
    if (scheme !== "oci-dir") return undefined;
    const file = resolve(blobFileIn(location, digest, options));
    return existsSync(file) ? file : undefined;
  };
}

/** In a registry the image's digest, for tags move; a plan says where to find its layers later. */
function pinned(place: PlaceReference, { manifest }: Image): string {
  if (place.scheme !== "registry") return place.text;
  const { host, repository } = parseReference(bareLocation(place));
  return `registry:${host}/${repository}@${manifest.descriptor.digest}`;
}

async function imageFor(spec: Spec, source: Source, { signal }: TransportOptions): Promise<Image> {
  const host = hostPlatform();
  const architecture = spec.architecture ?? spec.arch;
  const { os, variant } = spec;
  const isSaid = Boolean(architecture || os || variant);
  const wanted = normalize({
    os: os ?? "linux",
    architecture: architecture ?? host.architecture,
    variant: variant ?? (architecture ? undefined : host.variant),
  });
  const room = scratch();
  try {
    const root = await source.resolve();
    // An image that is in no index is what there is, unless the SPEC says for what it is to be.
    const image = root.kind === "index" || isSaid
      ? await platform([wanted])(root, { scratch: room, ...(signal && { signal }) })
      : root;
    if (image.kind === "image") return image;
    throw new NixociError("UNSUPPORTED", `it is an ${image.kind}, not an image`);
  } finally {
    await room[Symbol.asyncDispose]();
  }
}
