/**
 * Makes the directory that skopeo writes to `dir:`, which nix2container's `pullImage` has Nix hash.
 * @see https://github.com/containers/image/blob/main/docs/containers-transports.5.md
 */
import { encodedOf } from "../bytes/digest.ts";
import { type ByteStream, streamBytes } from "../bytes/stream.ts";
import { type Content, readContent } from "../image/content.ts";
import { MAX_DOCUMENT } from "../image/json.ts";
import type { Image, ImageBlob } from "../image/root.ts";
import { writeNar } from "../nix/formats/nar.ts";

const VERSION = Buffer.from("Directory Transport Version: 1.1\n");

/** Sorts config and layers as the directory's NAR has them, each once. */
export function sortBlobs({ config, layers }: Image): ImageBlob[] {
  const blobs: ImageBlob[] = [
    { kind: "config", content: config },
    ...layers.map((content) => ({ kind: "layer" as const, content })),
  ];
  const byName = new Map(blobs.map((blob) => [encodedOf(blob.content.descriptor.digest), blob]));
  return [...byName.keys()].sort().map((name) => byName.get(name)!);
}

/** Creates the directory's NAR: the manifest as it is, each blob under its digest, and a version. */
export async function createSkopeoDirectoryNar(
  manifest: Content,
  blobs: readonly Content[],
): Promise<ByteStream> {
  const file = (bytes: Uint8Array) =>
    ({ type: "regular", size: bytes.length, open: () => streamBytes(bytes) }) as const;
  const json = file(await readContent(manifest, MAX_DOCUMENT));
  return writeNar({
    type: "directory",
    entries: () => [
      ...blobs.map(({ descriptor: { digest, size }, open }) =>
        [encodedOf(digest), { type: "regular", size, open: () => open() }] as const
      ),
      ["manifest.json", json],
      ["version", file(VERSION)],
    ],
  }, "the image's directory");
}
