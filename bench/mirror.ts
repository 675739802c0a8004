/**
 * Many images that share most of their layers: repositories whose tags have the same base, and a
 * layer or two of their own, as the releases of a company's services have.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The shape of the images. */
export interface MirrorShape {
  readonly repositories: number;
  readonly tags: number;
  /** The layers that all images have. */
  readonly shared: number;
  /** The layers that each has alone. */
  readonly own: number;
  /** The size of a layer, in bytes. */
  readonly size: number;
}

/** Images in a layout, and the size of all that is in it. */
export interface MirrorLayout {
  readonly repositories: readonly string[];
  /** The bytes of configs and layers, each counted once. */
  readonly bytes: number;
}

const MEDIA_TYPE = "application/vnd.oci.image";

/** Writes a layout with the images, named `repository:tag`. */
export async function writeMirror(layout: string, shape: MirrorShape): Promise<MirrorLayout> {
  const blobs = join(layout, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  let bytes = 0;
  const put = async (type: string, body: Uint8Array | string) => {
    const hex = createHash("sha256").update(body).digest("hex");
    await writeFile(join(blobs, hex), body);
    const size = Buffer.byteLength(body);
    if (!type.startsWith("manifest")) bytes += size;
    return { mediaType: `${MEDIA_TYPE}.${type}`, digest: `sha256:${hex}`, size };
  };
  const layers = (count: number) =>
    Promise.all(Array.from({ length: count }, () => put("layer.v1.tar", randomBytes(shape.size))));
  const shared = await layers(shape.shared);
  const repositories = Array.from({ length: shape.repositories }, (_, at) => `team/service${at}`);
  const manifests = [];
  for (const repository of repositories) {
    for (let tag = 0; tag < shape.tags; tag++) {
      const all = [...shared, ...await layers(shape.own)];
      const config = await put(
        "config.v1+json",
        JSON.stringify({
          architecture: "amd64",
          os: "linux",
          config: { Labels: { name: `${repository}:${tag}` } },
          rootfs: { type: "layers", diff_ids: all.map(({ digest }) => digest) },
        }),
      );
      const mediaType = `${MEDIA_TYPE}.manifest.v1+json`;
      const manifest = await put(
        "manifest.v1+json",
        JSON.stringify({ schemaVersion: 2, mediaType, config, layers: all }),
      );
      const annotations = { "org.opencontainers.image.ref.name": `${repository}:1.${tag}` };
      manifests.push({ ...manifest, annotations });
    }
  }
  await writeFile(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  return { repositories, bytes };
}
