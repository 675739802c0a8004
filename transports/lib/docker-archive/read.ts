/** The images in an archive as `docker save` makes them, whichever Docker it was. */
import { NixociError } from "../../../src/base/errors.ts";
import type { Notice } from "../../../src/base/notices.ts";
import { type Content, contentOf } from "../../../src/image/content.ts";
import { MAX_DOCUMENT } from "../../../src/image/json.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";
import type { SideOptions } from "../../../src/image/transport.ts";
import type { Members } from "../archive/members.ts";
import type { ArchivedImage } from "./archived-image.ts";
import { assembleImage } from "./assemble.ts";
import { readLegacyImages, REPOSITORIES_FILE } from "./legacy-read.ts";
import { MANIFEST_FILE, type ManifestItem, parseArchiveManifest } from "./manifest.ts";

/** Those of a transport's options that concern the images of an archive. */
export type ReadArchiveOptions = Pick<SideOptions, "bounds" | "onNotice" | "signal">;

/**
 * Reads which images an archive lists, in its order: by `manifest.json`, or else by the
 * `repositories` of Docker before 1.10.
 * @throws NixociError `MALFORMED` when it has neither.
 */
export async function readArchiveImages(
  archive: Members,
  options: ReadArchiveOptions = {},
): Promise<ArchivedImage[]> {
  if (archive.has(MANIFEST_FILE)) {
    const items = parseArchiveManifest(await archive.bytes(MANIFEST_FILE, MAX_DOCUMENT));
    return items.map((item) => ({
      names: item.RepoTags,
      load: () => loadImage(archive, item, options),
    }));
  }
  if (archive.has(REPOSITORIES_FILE)) return await readLegacyImages(archive, options);
  throw new NixociError(
    "MALFORMED",
    `it is not an archive of Docker images: it has no ${MANIFEST_FILE}`,
    archive.has("index.json") ? { hint: "it looks like an OCI layout: try oci-archive:" } : {},
  );
}

async function loadImage(
  archive: Members,
  { Config: path, Layers: layers }: ManifestItem,
  options: ReadArchiveOptions,
) {
  const config = contentOf(MEDIA_TYPES.oci.config, await archive.bytes(path, MAX_DOCUMENT));
  const image = await assembleImage(archive, config, layers, options);
  const notice = findMisnaming(path, config);
  if (notice) options.onNotice?.(notice);
  return image;
}

/**
 * Says that a config's path names another digest than it has. Docker, Podman and skopeo go by the
 * content alone, and so does the image's ID here; its layers are vouched for by its diffIDs.
 */
function findMisnaming(path: string, { descriptor: { digest } }: Content): Notice | undefined {
  const named = /(?:^|[/:])([0-9a-f]{64})(?:\.json)?$/.exec(path)?.[1];
  if (named === undefined || digest === `sha256:${named}`) return undefined;
  const message = `the archive's config ${path} is not what its name says: it is ${digest}`;
  return { code: "MISNAMED", message };
}
