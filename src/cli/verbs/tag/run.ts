/** The work of `nixoci tag`. */
import { openSink, openSource } from "../../../../transports/mod.ts";
import { parsePlace, type PlaceReference } from "../../../../transports/reference.ts";
import { useResources } from "../../../base/dispose.ts";
import { NixociError } from "../../../base/errors.ts";
import type { Descriptor } from "../../../image/descriptor.ts";
import type { Artifact } from "../../../image/root.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";

/** An image, and the names that it has got. */
export interface TaggedImage {
  readonly descriptor: Descriptor;
  readonly references: readonly string[];
}

/** Gives the image more names where it is. */
export async function nameImage(
  text: string,
  names: readonly string[],
  dryRun: boolean,
  io: Io,
): Promise<TaggedImage> {
  const place = parsePlace(text, { lasting: true });
  checkPlace(place);
  if (place.scheme === "oci-dir") names.forEach(checkLayoutName);
  return await useResources(async (hold) => {
    const options = readSideOptions(io.access, io);
    const source = hold(await openSource(place, options));
    const { manifest } = await source.readManifest?.() ?? await source.resolve();
    const { mediaType, digest, size } = manifest.descriptor;
    const tagged = { descriptor: { mediaType, digest, size }, references: [...new Set(names)] };
    const sink = hold(await openSink(place, options));
    // What it is made of is there: only its name is new.
    const root: Artifact = { kind: "artifact", manifest, blobs: [] };
    const named = [{ root, references: tagged.references }];
    await sink.prepare?.(named);
    if (dryRun) return tagged;
    const committed = await sink.commit(named);
    if ("lacks" in committed) throw committed.error;
    return tagged;
  });
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md (ref.name) */
function checkLayoutName(name: string): void {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9._:@+/-]*[A-Za-z0-9])?$/.test(name)) return;
  throw new NixociError("USAGE", `${JSON.stringify(name)} cannot name an image in a layout`, {
    hint: "write letters, digits and . _ - : @ + / between them, such as app or org/app:1.4",
  });
}

function checkPlace({ scheme, text }: PlaceReference): void {
  if (scheme === "registry" || scheme === "oci-dir") return;
  throw new NixociError("USAGE", `Cannot tag ${text}: only repositories and layouts take names`, {
    hint: "copy it with --dest-tag, or use the engine's own tag",
  });
}
