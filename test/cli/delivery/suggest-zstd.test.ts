/** When zstd is offered, and when it is not: of the layers that are compressed. */
import { expect, it } from "vitest";
import type { Notice } from "../../../src/base/notices.ts";
import { suggestZstd } from "../../../src/cli/delivery/suggest-zstd.ts";
import type { Layer } from "../../../src/image/root.ts";
import { layerOf } from "../../support/images.ts";

/** Returns the notices that come of layers of these sizes. */
async function suggest(mediaType: string, sizes: readonly number[]): Promise<Notice[]> {
  const notices: Notice[] = [];
  const hear = suggestZstd((notice) => void notices.push(notice));
  const layer = await layerOf({ a: "b" }, "none");
  for (const size of sizes) {
    hear({ ...layer, descriptor: { ...layer.descriptor, mediaType, size } } satisfies Layer);
  }
  return notices;
}

const OCI = "application/vnd.oci.image.layer.v1.tar";
const DOCKER = "application/vnd.docker.image.rootfs.diff.tar";

it("is offered one time, once there are more than 64 MB", async () => {
  expect(await suggest(OCI, [40e6, 24e6])).toEqual([]);
  expect(await suggest(OCI, [40e6, 24e6, 1, 90e6])).toEqual([
    { code: "SLOW", message: expect.stringContaining("--compress zstd") },
  ]);
});

it("is not where the format has none", async () => {
  expect(await suggest(DOCKER, [90e6])).toEqual([]);
});
