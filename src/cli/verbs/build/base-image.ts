/** Opens the base image that a SPEC names. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { openSource, type TransportOptions } from "../../../../transports/mod.ts";
import { blobFileIn } from "../../../../transports/oci-dir.ts";
import { bareLocation, type PlaceReference } from "../../../../transports/reference.ts";
import type { Base } from "../../../compose/base.ts";
import type { ReadSpec } from "../../../compose/spec/read.ts";
import type { Spec } from "../../../compose/spec/spec.ts";
import { ownResources, useResources } from "../../../base/dispose.ts";
import { during, NixociError } from "../../../base/errors.ts";
import { hostPlatform, normalize } from "../../../image/platform.ts";
import { parseReference } from "../../../image/reference.ts";
import type { Image, Source } from "../../../image/root.ts";
import { scratch } from "../../../image/scratch.ts";
import { platform } from "../../../steps/platform.ts";
import { findBase } from "./base-reference.ts";

/** A base image; its source is open until it is disposed of. */
export interface OpenBase extends AsyncDisposable {
  readonly base: Base;
  /** The repository that its blobs can be mounted from, where it is in one. */
  readonly repository: string | undefined;
}

/** Opens the base that the SPEC names, for the platform that it says; `undefined` without one. */
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
  return await ownResources(async (hold) => {
    const source = hold(await openSource(place, options));
    const image = await selectBase(spec, source, options).catch((error) => {
      throw during(error, `Cannot use the base image ${place.text}`);
    });
    const reference = pinBase(place, image);
    const base = { image, reference, fileOf: findFilesIn(place, options) };
    return { base, repository: source.traits?.repository };
  });
}

/** Finds the files of a layout's blobs. */
function findFilesIn(
  { scheme, location }: PlaceReference,
  options: TransportOptions,
): NonNullable<Base["fileOf"]> {
  return (digest) => {
    if (scheme !== "oci-dir") return undefined;
    const file = resolve(blobFileIn(location, digest, options));
    return existsSync(file) ? file : undefined;
  };
}

/** Names the base by the image's digest in a registry, for tags move; a plan is read later. */
function pinBase(place: PlaceReference, { manifest }: Image): string {
  if (place.scheme !== "registry") return place.text;
  const { host, repository } = parseReference(bareLocation(place));
  return `registry:${host}/${repository}@${manifest.descriptor.digest}`;
}

async function selectBase(
  spec: Spec,
  source: Source,
  { signal }: TransportOptions,
): Promise<Image> {
  const host = hostPlatform();
  const architecture = spec.architecture ?? spec.arch;
  const { os, variant } = spec;
  const isSaid = Boolean(architecture || os || variant);
  const wanted = normalize({
    os: os ?? "linux",
    architecture: architecture ?? host.architecture,
    variant: variant ?? (architecture ? undefined : host.variant),
  });
  return await useResources(async (hold) => {
    const room = hold(scratch());
    const root = await source.resolve();
    // An image that is in no index is what there is, unless the SPEC says for what it is to be.
    const image = root.kind === "index" || isSaid
      ? await platform([wanted])(root, { scratch: room, signal })
      : root;
    if (image.kind === "image") return image;
    throw new NixociError("UNSUPPORTED", `it is an ${image.kind}, not an image`);
  });
}
