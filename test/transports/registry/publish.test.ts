import { describe, expect, it } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { bytesOf, type Content, contentOf } from "../../../src/image/content.ts";
import { encodeJson } from "../../../src/image/json.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";
import { openSource } from "../../../transports/registry/mod.ts";
import { artifact, image, index, sourceOf } from "../../support/images.ts";
import { seedManifest, startRegistry } from "../../support/registry-server.ts";
import { pin } from "../../../src/steps/pin.ts";
import { platform } from "../../../src/steps/platform.ts";
import { BLOB, expectStored, setup } from "./pushing.ts";
import { seedImage, sinkAt, testWorld } from "./setup.ts";

describe("registry: mounts", () => {
  it("what another repository of the registry has", async () => {
    const { registry, sink, sent } = await setup();
    const put = await seedImage(registry, "from/here", "v1");
    const { descriptor } = put.layers[0]!;
    expect(await sink.mount!(descriptor, `${registry.host}/from/here`)).toBe(true);
    expect(sent()).toEqual(["POST"]);
    expect(registry.repository("app").blobs.has(descriptor.digest)).toBe(true);
  });

  it("nothing from another registry, or from itself, and does not ask", async () => {
    const { registry, sink } = await setup();
    for (const from of ["example.com/from", `${registry.host}/app`, `${registry.host}0/from`]) {
      expect(await sink.mount!(BLOB.descriptor, from)).toBe(false);
    }
    expect(registry.log).toEqual([]);
  });

  it("by uploading into the session that it gets instead", async () => {
    const { registry, sink, sent } = await setup();
    expect(await sink.mount!(BLOB.descriptor, `${registry.host}/from/here`)).toBe(false);
    await sink.put({ kind: "blob", content: BLOB });
    expect(sent()).toEqual(["POST", "PUT 1000000"]);
    expectStored(registry);
  });

  it("and goes on without when it is refused", async () => {
    const { registry, sink } = await setup((_, n) =>
      n === 1 ? { answer: { status: 403 } } : undefined
    );
    expect(await sink.mount!(BLOB.descriptor, `${registry.host}/from/here`)).toBe(false);
    await sink.put({ kind: "blob", content: BLOB });
    expectStored(registry);
  });

  it("an image from registry to registry", async () => {
    const { registry, sink } = await setup();
    const put = await seedImage(registry, "from/here", "v1");
    const source = await openSource(`${registry.host}/from/here:v1`, {}, await testWorld());
    const { blobs } = await copy(source, sink);
    await source[Symbol.asyncDispose]();
    expect(blobs).toEqual({ moved: 0, exists: 0, mounted: 2 });
    expect(registry.repository("app").tags.get("v1")).toBe(put.manifest.descriptor.digest);
  });
});

describe("registry: manifests and names", () => {
  it("gives all the names, the location's own when there are none", async () => {
    const { registry, sink } = await setup();
    const put = await image();
    await copy(sourceOf({ it: put }), sink, { references: ["a", "b"] });
    await copy(sourceOf({ it: put }), sink);
    const { digest } = put.manifest.descriptor;
    expect([...registry.repository("app").tags]).toEqual([["a", digest], ["b", digest], [
      "v1",
      digest,
    ]]);
  });

  it("asks once, and no more, when the image is there already under its name", async () => {
    const { registry, sink } = await setup();
    const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
    await copy(sourceOf({ it: put }), sink);
    const before = registry.log.length;
    const { blobs } = await copy(sourceOf({ it: put }), sink);
    expect(blobs.moved).toBe(0);
    expect(registry.log.slice(before).map(({ method }) => method)).toEqual(["HEAD"]);
  });

  it("asks and names, and no more, when the image is there already under another name", async () => {
    const { registry, sink } = await setup();
    const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
    await copy(sourceOf({ it: put }), sink);
    const before = registry.log.length;
    const { blobs } = await copy(sourceOf({ it: put }), sink, { references: ["v2"] });
    expect(blobs).toEqual({ moved: 0, exists: 3, mounted: 0 });
    expect(registry.log.slice(before).map(({ method }) => method)).toEqual(["HEAD", "HEAD", "PUT"]);
  });

  // Only when a manifest is put does the registry look whether it still has all that it names.
  it("puts back what the registry has lost since, under another name", async () => {
    const { registry, sink } = await setup();
    const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
    await copy(sourceOf({ it: put }), sink);
    const repository = registry.repository("app");
    const { digest } = put.layers[0]!.descriptor;
    repository.blobs.delete(digest);
    const { blobs } = await copy(sourceOf({ it: put }), sink, { references: ["v2"] });
    expect(blobs.moved).toBe(1);
    expect(repository.blobs.has(digest)).toBe(true);
  });

  it("looks at every blob again when a child of an index lacks one", async () => {
    const { registry, sink } = await setup();
    const [one, two] = [await image(), await image()];
    await copy(sourceOf({ it: one }), sink);
    const repository = registry.repository("app");
    const { digest } = one.layers[0]!.descriptor;
    repository.manifests.delete(one.manifest.descriptor.digest);
    registry.onRequest = ({ method, path }) => {
      // Lost after it was looked for, and before the manifest comes.
      if (method === "PUT" && path.includes("/manifests/")) {
        registry.onRequest = undefined;
        repository.blobs.delete(digest);
      }
      return undefined;
    };
    await copy(sourceOf({ it: index([one, two]) }), sink);
    expect(repository.blobs.has(digest)).toBe(true);
    expect(repository.manifests.size).toBe(3);
  });

  describe("an image of many layers, over its former self", () => {
    const files = Array.from({ length: 20 }, (_, i) => ({ [`file-${i}`]: `content ${i}` }));
    const changed = [...files.slice(1), { new: "content" }];

    it("asks only for what that did not have", async () => {
      const { registry, sink } = await setup();
      await copy(sourceOf({ it: await image({ layers: files }) }), sink);
      const before = registry.log.length;
      const { blobs } = await copy(sourceOf({ it: await image({ layers: changed }) }), sink);
      expect(blobs).toEqual({ moved: 2, exists: 19, mounted: 0 });
      const asked = registry.log.slice(before).filter(({ method }) => /HEAD|GET/.test(method));
      expect(asked.map(({ method, path }) => `${method} ${path.split("/")[3]}`)).toEqual([
        "HEAD manifests",
        "HEAD manifests",
        "GET manifests",
        "HEAD blobs",
        "HEAD blobs",
      ]);
    });

    it("puts back what the registry has lost of that", async () => {
      const { registry, sink } = await setup();
      const former = await image({ layers: files });
      await copy(sourceOf({ it: former }), sink);
      const { digest } = former.layers[5]!.descriptor;
      const repository = registry.repository("app");
      repository.blobs.delete(digest);
      await copy(sourceOf({ it: await image({ layers: changed }) }), sink);
      expect(repository.blobs.has(digest)).toBe(true);
    });

    it("asks for all where the tag names something else", async () => {
      const { registry, sink } = await setup();
      await copy(sourceOf({ it: artifact() }), sink);
      await copy(sourceOf({ it: await image({ layers: files }) }), sink);
      expect(registry.repository("app").blobs.size).toBeGreaterThan(20);
    });
  });

  it("copies an image again in one request of each side, an index too", async () => {
    const { registry, sink } = await setup();
    const here = await seedImage(registry, "from/here", "v1");
    const all = index([here, await image()]);
    const bytes = await bytesOf(all.manifest, 1e6);
    const { mediaType } = all.manifest.descriptor;
    seedManifest(registry.repository("from/here"), mediaType, bytes, "all");
    await copy(sourceOf({ it: all }), sink, { references: ["all"] });
    const source = await openSource(`${registry.host}/from/here:v1`, {}, await testWorld());
    await copy(source, sink, { steps: [platform()] });
    for (
      const options of [
        { steps: [platform(), pin(here.manifest.descriptor.digest)] },
        { reference: "all", references: ["all"] },
      ]
    ) {
      const before = registry.log.length;
      const { images, blobs } = await copy(source, sink, options);
      const asked = registry.log.slice(before).map(({ method, path }) => `${method} ${path}`);
      const tag = options.reference ?? "v1";
      expect(asked).toEqual([
        `GET /v2/from/here/manifests/${tag}`,
        `HEAD /v2/app/manifests/${tag}`,
      ]);
      expect(images[0]!.descriptor.digest).toBe(registry.repository("app").tags.get(tag));
      expect(blobs.moved).toBe(0);
    }
    await source[Symbol.asyncDispose]();
  });

  it("takes a digest in the location as a demand", async () => {
    const registry = await startRegistry();
    const [put, other] = [await image(), await image()];
    const { digest } = put.manifest.descriptor;
    const sink = await sinkAt(`${registry.host}/app@${digest}`);
    await copy(sourceOf({ it: put }), sink);
    expect(registry.repository("app").manifests.has(digest)).toBe(true);
    expect(registry.repository("app").tags.size).toBe(0);
    await expect(copy(sourceOf({ it: other }), sink)).rejects.toMatchObject({ code: "DIGEST" });
  });

  it("refuses names that are no tags", async () => {
    const { sink } = await setup();
    for (const references of [["a/b"], ["a:b"], [""], ["-x"], ["a\r\nb"]]) {
      await expect(copy(sourceOf({ it: await image() }), sink, { references }))
        .rejects.toMatchObject({ code: "USAGE" });
    }
  });

  it("says so when the registry lacks what a manifest names", async () => {
    const { sink } = await setup();
    expect(await sink.commit([{ root: await image(), references: [] }])).toMatchObject({
      lacks: "all",
      error: {
        code: "INCOMPLETE",
        message: expect.stringMatching(/^Cannot push .*:v1: .* lacks something/),
      },
    });
  });

  it("does not let the registry store it as something else", async () => {
    const registry = await startRegistry();
    registry.onRequest = ({ method, path }) =>
      method === "PUT" && path.includes("/manifests/")
        ? { headers: { "docker-content-digest": `sha256:${"0".repeat(64)}` } }
        : undefined;
    await expect(copy(sourceOf({ it: await image() }), await sinkAt(`${registry.host}/app`)))
      .rejects.toMatchObject({ code: "DIGEST" });
  });

  it("pushes again what a passing failure lost", async () => {
    const registry = await startRegistry();
    let n = 0;
    registry.onRequest = ({ path, method }) =>
      method === "PUT" && path.includes("/manifests/") && n++ < 2 ? { reset: true } : undefined;
    await copy(sourceOf({ it: await image() }), await sinkAt(`${registry.host}/app:v1`));
    expect(registry.repository("app").tags.has("v1")).toBe(true);
  });
});

describe("registry: referrers", () => {
  const signature = async (
    text: string,
    subject: Content,
  ): Promise<ReturnType<typeof artifact>> => {
    const plain = artifact(text);
    const json = JSON.parse((await bytesOf(plain.manifest, 1e6)).toString());
    const bytes = encodeJson({ ...json, subject: subject.descriptor, annotations: { by: text } });
    return { ...plain, manifest: contentOf(MEDIA_TYPES.oci.manifest, bytes) };
  };

  it.each([[[]], [["referrers"]]] as const)("are found afterwards, without %j", async (without) => {
    const registry = await startRegistry({ without });
    const put = await seedImage(registry, "app", "v1");
    const sink = await sinkAt(`${registry.host}/app:v1`);
    const tag = put.manifest.descriptor.digest.replace(":", "-");
    const signatures = [await signature("one", put.manifest), await signature("two", put.manifest)];
    for (const each of [...signatures, signatures[0]!]) {
      await copy(sourceOf({ it: each }), sink, { references: ["signature"] });
    }
    const { tags, manifests } = registry.repository("app");
    if (without.length === 0) return expect(tags.has(tag)).toBe(false);
    const index = JSON.parse(manifests.get(tags.get(tag)!)!.bytes.toString());
    expect(index.manifests).toEqual(signatures.map(({ manifest }, i) => ({
      ...manifest.descriptor,
      artifactType: "application/vnd.example.signature",
      annotations: { by: ["one", "two"][i] },
    })));
  });
});
