import { describe, expect, it } from "vitest";
import { readContent } from "../../src/image/content.ts";
import {
  artifactTypeOf,
  createReferrersIndex,
  fallbackTagOf,
  referrerOf,
} from "../../src/image/referrers.ts";

const MANIFEST = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: `sha256:${"a".repeat(64)}`,
  size: 7,
} as const;

describe("referrers", () => {
  it("are tagged by their subject's digest, at most 64 digits of it", () => {
    expect(fallbackTagOf(`sha256:${"b".repeat(64)}`)).toBe(`sha256-${"b".repeat(64)}`);
    expect(fallbackTagOf(`sha512:${"c".repeat(128)}`)).toBe(`sha512-${"c".repeat(64)}`);
  });

  it("have their own artifact type, or their config's", () => {
    const config = { mediaType: "application/vnd.example.config" };
    expect(artifactTypeOf({ artifactType: "text/plain", config })).toBe("text/plain");
    expect(artifactTypeOf({ artifactType: "", config })).toBe(config.mediaType);
    expect(artifactTypeOf({})).toBeUndefined();
  });

  it("are listed with artifact type and annotations, and nothing of the place they are from", async () => {
    const own = { ...MANIFEST, annotations: { from: "index" }, data: "e30=" };
    const referrer = referrerOf(own, { artifactType: "text/plain", annotations: { by: "me" } });
    const index = createReferrersIndex([referrer]);
    expect(JSON.parse((await readContent(index, 4096)).toString())).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [{ ...MANIFEST, artifactType: "text/plain", annotations: { by: "me" } }],
    });
  });
});
