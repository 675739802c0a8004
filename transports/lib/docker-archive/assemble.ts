/**
 * The format has no OCI manifests: one is made for each image, from its config (whose bytes stay,
 * and with them the image ID) and the layers as they lie in the archive.
 */
import { type Compression, detectCompression, HEAD_SIZE } from "../../../src/bytes/detect.ts";
import { algorithmOf, createHasher, type Digest, isDigest } from "../../../src/bytes/digest.ts";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import { createImage } from "../../../src/image/documents/assemble.ts";
import { type Content, content } from "../../../src/image/content.ts";
import { readConfig } from "../../../src/image/documents/load.ts";
import { layerMediaTypeOf } from "../../../src/image/media-types.ts";
import type { Image, Layer } from "../../../src/image/root.ts";
import type { ArchiveMember, Members } from "../archive/members.ts";
import { isProgram, unpackKind } from "../../../src/bytes/unpack.ts";
import { type MemberOptions, unpackMember } from "./unpack-member.ts";

/**
 * Makes the image of a config and the archive's members that are its layers, lowest first.
 * @throws NixociError `MALFORMED` when there are more or fewer of them than the config says, or one
 * cannot be unpacked; `DIGEST` when one unpacks to something else.
 */
export async function assembleImage(
  archive: Members,
  config: Content,
  paths: readonly string[],
  reading: MemberOptions = {},
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
    layers.push(await readLayer(archive.file(path), path, diffIds[i]!, reading));
  }
  return createImage("oci", config, layers);
}

/** Returns the media type of a layer in an archive that is compressed so. */
export function archivedMediaTypeOf(compression: Compression): string {
  return layerMediaTypeOf({ format: "oci", compression, distributable: true })!;
}

/**
 * A plain tar goes by its diffID; one that is compressed has a digest of its own. OCI has no media type
 * for xz and bzip2: such a layer is the tar that comes out.
 */
async function readLayer(
  member: ArchiveMember,
  path: string,
  diffId: Digest,
  reading: MemberOptions,
): Promise<Layer> {
  const compression = detectCompression(await member.head(HEAD_SIZE));
  if (isProgram(compression)) {
    const { size } = await provePacked(member, path, diffId, reading);
    const descriptor = { mediaType: archivedMediaTypeOf("none"), digest: diffId, size };
    const open = () => unpackKind(member.open(), compression, reading.signal);
    return { ...content(descriptor, open), diffId };
  }
  const digest = compression === "none"
    ? diffId
    : (await provePacked(member, path, diffId, reading)).digest;
  const descriptor = { mediaType: archivedMediaTypeOf(compression), digest, size: member.size };
  return { ...content(descriptor, () => member.open()), inPlace: member.inPlace, diffId };
}

/**
 * Computes the digest of a compressed member, and the size of what it unpacks to. It is read whole: only what
 * comes out is vouched for, by the config. A sink that stores the image without unpacking it relies on
 * that.
 */
async function provePacked(
  member: ArchiveMember,
  path: string,
  diffId: Digest,
  reading: MemberOptions,
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const named = readDigestInPath(path);
  const packed = createHasher(named && algorithmOf(named));
  const unpacked = createHasher(algorithmOf(diffId));
  const watch = (chunk: Uint8Array) => void packed.update(chunk);
  let size = 0;
  try {
    for await (const chunk of unpackMember(member, diffId, { ...reading, watch })) {
      unpacked.update(chunk);
      size += chunk.length;
    }
  } catch (error) {
    throw wrapError(error, `Cannot unpack the layer ${path}`);
  }
  const [digest, actual] = [packed.digest(), unpacked.digest()];
  if (actual !== diffId) {
    throw corruptError(`the layer ${path} unpacks to ${actual}, but the config says ${diffId}`);
  }
  if (named !== undefined && named !== digest) {
    throw corruptError(`the layer ${path} has the wrong content: it is ${digest}`);
  }
  return { digest, size };
}

function corruptError(what: string): NixociError {
  return new NixociError("DIGEST", what, { hint: "the archive is corrupt; make it again" });
}

/** Since Docker 25 layers lie where an OCI layout has its blobs: under their digest. */
function readDigestInPath(path: string): Digest | undefined {
  const [, algorithm, encoded] = /^(?:\.\/)?blobs\/(sha\d+)\/([0-9a-f]+)$/.exec(path) ?? [];
  const digest = `${algorithm}:${encoded}`;
  return isDigest(digest) ? digest : undefined;
}
