/** Attaches documents that are made here to images where they are. */
import { openSink } from "../../../transports/mod.ts";
import type { PlaceReference } from "../../image/place.ts";
import { createArtifact } from "../../artifact/mod.ts";
import { NixociError } from "../../base/errors.ts";
import { useResources } from "../../base/dispose.ts";
import { putArtifact } from "../../copy/put-artifact.ts";
import { contentOf } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import type { Io } from "../kit/io.ts";
import { readSideOptions } from "../kit/sides.ts";

/** A document about an image. */
export interface AttachedText {
  /** Its media type. */
  readonly type: string;
  readonly text: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Refuses places in which nothing can refer to an image. @throws NixociError `USAGE`. */
export function checkAttachable({ scheme, text }: PlaceReference): void {
  if (scheme === "registry" || scheme === "oci-dir") return;
  throw new NixociError("USAGE", `Cannot attach to ${text}: only registries and layouts can`, {
    hint: "copy it to oci-dir:PATH first, or to a registry",
  });
}

/** Attaches a document to an image. @returns the artifact's descriptor. */
export async function attachText(
  place: PlaceReference,
  subject: Descriptor,
  { type, text, annotations }: AttachedText,
  io: Io,
  side?: "dest-",
): Promise<Descriptor> {
  const blobs = [contentOf(type, Buffer.from(text))];
  const artifact = createArtifact({ type, blobs, subject, ...annotations && { annotations } });
  await useResources(async (hold) => {
    const sink = hold(await openSink(place, readSideOptions(io.access, io, side)));
    await putArtifact(artifact, sink, { signal: io.signal });
  });
  const { mediaType, digest, size, artifactType } = artifact.manifest.descriptor;
  return { mediaType, digest, size, ...artifactType && { artifactType } };
}
