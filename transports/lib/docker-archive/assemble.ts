/**
 * The format has no OCI manifests: one is made for each image, from its config (whose bytes stay,
 * and with them the image ID) and the layers as they lie in the archive.
 */
import { type Compression, detect, HEAD_SIZE } from "../../../src/bytes/detect.ts";
import { type Digest, hasher, isDigest } from "../../../src/bytes/digest.ts";
import { NixociError } from "../../../src/errors.ts";
import { imageOf } from "../../../src/image/build.ts";
import { type Content, content } from "../../../src/image/content.ts";
import { readConfig } from "../../../src/image/load.ts";
import { layerMediaType } from "../../../src/image/media-types.ts";
import type { Image, Layer } from "../../../src/image/root.ts";
import type { Member, Members } from "../archive/members.ts";

/**
 * The image of a config and the archive's members that are its layers, lowest first.
 * @throws NixociError `MALFORMED` when there are more or fewer of them than the config says.
 */
export async function assemble(
  archive: Members,
  config: Content,
  paths: readonly string[],
): Promise<Image> {
  const { json } = await readConfig(config);
  const diffIds = json.rootfs.diff_ids ?? [];
  if (diffIds.length !== paths.length) {
    throw new NixociError(
      "MALFORMED",
      `image ${config.descriptor.digest} has ${paths.length} layers, ` +
        `but its config has ${diffIds.length} diff_ids`,
    );
  }
  const layers: Layer[] = [];
  for (const [i, path] of paths.entries()) {
    layers.push(await layerOf(archive.file(path), path, diffIds[i]!));
  }
  return imageOf("oci", config, layers);
}

/** The media type of a layer in an archive that is compressed so. */
export function mediaTypeOf(compression: Compression): string {
  return layerMediaType({ format: "oci", compression, distributable: true })!;
}

/** A plain tar goes by its diffID; one that is compressed has a digest of its own. */
async function layerOf(member: Member, path: string, diffId: Digest): Promise<Layer> {
  const compression = detect(await member.head(HEAD_SIZE));
  if (compression === "bzip2" || compression === "xz") {
    throw new NixociError("UNSUPPORTED", `the layer ${path} is compressed with ${compression}`, {
      hint: "load the archive into an engine and save it again",
    });
  }
  const digest = compression === "none" ? diffId : blobNamed(path) ?? await digestOfFile(member);
  const descriptor = { mediaType: mediaTypeOf(compression), digest, size: member.size };
  return { ...content(descriptor, () => member.open()), diffId };
}

/** Since Docker 25 layers lie where an OCI layout has its blobs: under their digest. */
function blobNamed(path: string): Digest | undefined {
  const [, algorithm, encoded] = /^(?:\.\/)?blobs\/(sha\d+)\/([0-9a-f]+)$/.exec(path) ?? [];
  const digest = `${algorithm}:${encoded}`;
  return isDigest(digest) ? digest : undefined;
}

async function digestOfFile(member: Member): Promise<Digest> {
  const hash = hasher();
  for await (const chunk of member.open()) hash.update(chunk);
  return hash.digest();
}
