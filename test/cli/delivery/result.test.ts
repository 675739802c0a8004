import { expect, it } from "vitest";
import { describeResult } from "../../../src/cli/delivery/result.ts";
import type { CopyResult } from "../../../src/copy/copy.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";

function result(mediaType: string): CopyResult {
  const descriptor = { mediaType, digest: `sha256:${"a".repeat(64)}` as const, size: 2 };
  const images = [{ descriptor, references: ["app"] }];
  return { images, blobs: { moved: 1, exists: 0, mounted: 0 }, bytes: 2 };
}

it("calls an engine's digest what it is, the image's ID", () => {
  expect(describeResult(result(MEDIA_TYPES.docker.config)).images[0]).toMatchObject({
    imageId: `sha256:${"a".repeat(64)}`,
  });
  const elsewhere = result(MEDIA_TYPES.oci.manifest);
  expect(describeResult(elsewhere)).toEqual(elsewhere);
});
