/** Docker's manifests in an OCI layout: they keep their digests, and some readers do not see them. */
import type { OnNotice } from "../../src/base/notices.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import type { NamedRoot } from "../../src/image/root.ts";

const DOCKERS: readonly string[] = [MEDIA_TYPES.docker.manifest, MEDIA_TYPES.docker.index];

/** Tells once if any of the images is in Docker's format. */
export function reportDockerFormat(images: readonly NamedRoot[], onNotice?: OnNotice): void {
  const manifests = images.flatMap(({ root }) => [
    root.manifest.descriptor,
    ...root.kind === "index" ? root.children.map(({ descriptor }) => descriptor) : [],
  ]);
  if (!manifests.some(({ mediaType }) => DOCKERS.includes(mediaType))) return;
  onNotice?.({
    code: "FORMAT",
    message: "manifests in Docker's format are in this OCI layout as they are, where podman and " +
      "older versions of skopeo do not find them; --format oci converts them",
  });
}
