/** Manifests: pushed when all is there, pulled by tag and digest, deleted; and who refers to them. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { encodeJson } from "../../src/image/json.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import {
  DIGEST,
  jsonOf,
  MANIFEST_HEADERS,
  manifestBytes,
  putBlob,
  putManifest,
  servedFromMemory,
  verdictOf,
} from "./setup.ts";

const MANIFEST = manifestBytes();
const MANIFEST_DIGEST = digestOf(MANIFEST);
const ABSENT = `sha256:${"0".repeat(64)}`;

async function withBlob() {
  const asked = await servedFromMemory();
  await putBlob(asked);
  return asked;
}

describe("serveRegistry: manifests", () => {
  it("are kept byte for byte, under a tag and their digest", async () => {
    const asked = await withBlob();
    const put = await putManifest(asked, "v1");
    expect(put.status).toBe(201);
    expect(put.headers.get("location")).toBe(`/v2/app/manifests/${MANIFEST_DIGEST}`);
    expect(put.headers.get("docker-content-digest")).toBe(MANIFEST_DIGEST);
    for (const reference of ["v1", MANIFEST_DIGEST]) {
      const answer = await asked.ask("GET", `app/manifests/${reference}`);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        ...MANIFEST_HEADERS,
        "content-length": `${MANIFEST.length}`,
        "docker-content-digest": MANIFEST_DIGEST,
      });
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(MANIFEST);
      const head = await asked.ask("HEAD", `app/manifests/${reference}`);
      expect([head.status, head.headers.get("content-length"), await head.text()])
        .toEqual([200, `${MANIFEST.length}`, ""]);
    }
  });

  it("go by a digest of the client's algorithm, and get the tags of the query", async () => {
    const asked = await withBlob();
    const digest = `sha512:${createHash("sha512").update(MANIFEST).digest("hex")}`;
    const put = await putManifest(asked, `${digest}?tag=a&tag=b&tag=a`);
    expect([put.status, put.headers.get("oci-tag")]).toEqual([201, "a, b"]);
    const answer = await asked.ask("HEAD", "app/manifests/b");
    expect(answer.headers.get("docker-content-digest")).toBe(digest);
    expect(await verdictOf(await putManifest(asked, `${digest}?tag=..`)))
      .toBe("400 MANIFEST_INVALID");
  });

  it("are refused while something that they name is not there, all of which is named", async () => {
    const asked = await withBlob();
    const layer = { mediaType: "application/x", digest: ABSENT, size: 1 };
    const lacking = await putManifest(asked, "v1", manifestBytes({ layers: [layer] }));
    expect(lacking.status).toBe(404);
    expect((await jsonOf<{ errors: object[] }>(lacking)).errors).toMatchObject([
      { code: "MANIFEST_BLOB_UNKNOWN", detail: { digest: ABSENT } },
    ]);
    const index = encodeJson({ schemaVersion: 2, manifests: [{ ...layer, digest: DIGEST }] });
    const mediaType = MEDIA_TYPES.oci.index;
    expect(await verdictOf(await putManifest(asked, "v1", index, mediaType)))
      .toBe("404 MANIFEST_BLOB_UNKNOWN");
    expect(asked.storage.repository("app").manifests.size).toBe(0);
    const foreign = manifestBytes({ layers: [{ ...layer, urls: ["https://example.com/x"] }] });
    expect((await putManifest(asked, "v1", foreign)).status).toBe(201);
  });

  it.each<[string, Uint8Array, string | undefined, string]>([
    ["no JSON", Buffer.from("{"), undefined, "400 MANIFEST_INVALID"],
    ["no object", Buffer.from("[]"), undefined, "400 MANIFEST_INVALID"],
    ["nothing", Buffer.from(""), undefined, "400 MANIFEST_INVALID"],
    ["no UTF-8", Buffer.from([0x22, 0xff, 0x22]), undefined, "400 MANIFEST_INVALID"],
    ["a key twice", Buffer.from('{"a":1,"a":2}'), undefined, "400 MANIFEST_INVALID"],
    [
      "a type that is a header",
      manifestBytes({ mediaType: "a/b\r\nX-Evil: 1" }),
      "",
      "400 MANIFEST_INVALID",
    ],
    [
      "annotations that are not texts",
      manifestBytes({ annotations: { a: 1 } }),
      undefined,
      "400 MANIFEST_INVALID",
    ],
    [
      "layers that are not a list",
      manifestBytes({ layers: {} }),
      undefined,
      "400 MANIFEST_INVALID",
    ],
    [
      "a digest that is a path",
      manifestBytes({ layers: [{ digest: "../../x" }] }),
      undefined,
      "400 MANIFEST_INVALID",
    ],
    ["another type than it says", MANIFEST, MEDIA_TYPES.oci.index, "400 MANIFEST_INVALID"],
    [
      "image and index",
      manifestBytes({ manifests: [] }),
      undefined,
      "400 MANIFEST_INVALID",
    ],
    ["more than 4 MiB", Buffer.alloc(4 * 1024 * 1024 + 1, " "), undefined, "413 SIZE_INVALID"],
  ])("are not %s", async (_, bytes, mediaType, verdict) => {
    const asked = await withBlob();
    expect(await verdictOf(await putManifest(asked, "v1", bytes, mediaType))).toBe(verdict);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Uint8Array.from(bytes));
        controller.close();
      },
    });
    const headers = { "content-type": mediaType ?? MEDIA_TYPES.oci.manifest };
    const answer = asked.ask("PUT", "app/manifests/v1", { headers, body: stream });
    // One that never says how long it is may be broken off before it has sent all.
    expect(await answer.then(verdictOf, () => "413 SIZE_INVALID")).toBe(verdict);
    expect(asked.storage.repository("app").manifests.size).toBe(0);
    expect(asked.errors).toEqual([]);
  });

  it("do not hash to another digest, nor have names that are none", async () => {
    const asked = await withBlob();
    const put = async (reference: string) => await verdictOf(await putManifest(asked, reference));
    expect(await put(ABSENT)).toBe("400 DIGEST_INVALID");
    expect(await put("sha256:abc")).toBe("400 MANIFEST_INVALID");
    expect(await put(".hidden")).toBe("400 MANIFEST_INVALID");
    expect(await put("x".repeat(129))).toBe("400 MANIFEST_INVALID");
    expect(await put("x".repeat(128))).toBe("201");
  });

  it("that are not there are unknown, whatever they are called", async () => {
    const asked = await withBlob();
    for (const reference of ["v1", ABSENT, ".hidden", "sha256:abc", "%2e%2e%2fetc"]) {
      const answer = await asked.ask("GET", `app/manifests/${reference}`);
      expect(await verdictOf(answer)).toBe("404 MANIFEST_UNKNOWN");
    }
    expect(await verdictOf(await asked.ask("GET", "nowhere/manifests/v1"))).toBe(
      "404 NAME_UNKNOWN",
    );
  });

  it("lose a tag, or all of them and themselves", async () => {
    const asked = await withBlob();
    await putManifest(asked, "a");
    await putManifest(asked, "b");
    const remove = async (reference: string) =>
      await verdictOf(await asked.ask("DELETE", `app/manifests/${reference}`));
    expect(await remove("a")).toBe("202");
    expect(await remove("a")).toBe("404 MANIFEST_UNKNOWN");
    expect((await asked.ask("GET", "app/manifests/b")).status).toBe(200);
    expect(await remove(MANIFEST_DIGEST)).toBe("202");
    expect((await asked.ask("GET", "app/manifests/b")).status).toBe(404);
    expect(await remove(MANIFEST_DIGEST)).toBe("404 MANIFEST_UNKNOWN");
  });
});

describe("serveRegistry: referrers", () => {
  const subject = {
    mediaType: MEDIA_TYPES.oci.manifest,
    digest: MANIFEST_DIGEST,
    size: MANIFEST.length,
  };
  const sbom = manifestBytes({ subject, artifactType: "a/sbom", annotations: { made: "here" } });
  const plain = manifestBytes({ subject });

  it("are listed with their type and annotations, before their subject is there", async () => {
    const asked = await withBlob();
    const put = await putManifest(asked, digestOf(sbom), sbom);
    expect(put.headers.get("oci-subject")).toBe(MANIFEST_DIGEST);
    await putManifest(asked, "plain", plain);
    const answer = await asked.ask("GET", `app/referrers/${MANIFEST_DIGEST}`);
    expect(answer.headers.get("content-type")).toBe(MEDIA_TYPES.oci.index);
    expect(answer.headers.get("oci-filters-applied")).toBeNull();
    const mediaType = MEDIA_TYPES.oci.manifest;
    expect(await answer.json()).toEqual({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.oci.index,
      manifests: [
        {
          mediaType,
          digest: digestOf(sbom),
          size: sbom.length,
          artifactType: "a/sbom",
          annotations: { made: "here" },
        },
        {
          mediaType,
          digest: digestOf(plain),
          size: plain.length,
          artifactType: MEDIA_TYPES.oci.config,
        },
      ],
    });
  });

  it("are listed by type", async () => {
    const asked = await withBlob();
    for (const one of [sbom, plain]) await putManifest(asked, digestOf(one), one);
    const answer = await asked.ask("GET", `app/referrers/${MANIFEST_DIGEST}?artifactType=a/sbom`);
    expect(answer.headers.get("oci-filters-applied")).toBe("artifactType");
    expect((await jsonOf<{ manifests: object[] }>(answer)).manifests).toMatchObject([{
      digest: digestOf(sbom),
    }]);
  });

  it("are none of what nobody refers to, also where nothing is", async () => {
    const asked = await withBlob();
    for (const name of ["app", "nowhere"]) {
      const answer = await asked.ask("GET", `${name}/referrers/${ABSENT}`);
      expect([answer.status, (await jsonOf<{ manifests: object[] }>(answer)).manifests]).toEqual([
        200,
        [],
      ]);
    }
    expect(await verdictOf(await asked.ask("GET", "app/referrers/v1"))).toBe("400 DIGEST_INVALID");
  });
});
