/** The work of `nixoci lock blob`. */
import { openBlob } from "../../../../../transports/registry/mod.ts";
import { useResources } from "../../../../base/dispose.ts";
import { NixociError } from "../../../../base/errors.ts";
import type { Digest } from "../../../../bytes/digest.ts";
import { writeContentFile } from "../../../../image/disk/content-file.ts";
import type { Io } from "../../../kit/io.ts";
import { readSideOptions } from "../../../kit/sides.ts";
import { readRegistryPlace } from "../../../reference/place.ts";

/** The flags of `lock blob`. */
export interface BlobFlags {
  readonly output: string;
  readonly size: number;
  readonly kind: "layer" | "config" | "manifest" | "index";
}

/** Writes the blob to `--output`, whole and verified or not at all. */
export async function fetchBlob(
  name: string,
  { output, size, kind }: BlobFlags,
  { access, signal, notice }: Io,
): Promise<Digest> {
  const { image } = readRegistryPlace(name);
  const { digest } = image;
  if (digest === undefined) {
    throw new NixociError("USAGE", `${JSON.stringify(name)} names no blob`, {
      hint: "write REPOSITORY@DIGEST, as nixoci lock blobs lists them",
    });
  }
  const isManifest = kind === "manifest" || kind === "index";
  const options = readSideOptions(access, { signal, notice });
  await useResources(async (hold) => {
    const { content } = hold(await openBlob(image, { digest, size, isManifest }, options));
    await writeContentFile(content, output, { signal, follow: true });
  });
  return digest;
}
