import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { putArtifact } from "../../../src/copy/put-artifact.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { createImage } from "../../../src/image/documents/assemble.ts";
import { type Content, contentOf, readContent } from "../../../src/image/content.ts";
import { encodeJson } from "../../../src/image/json.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";
import { artifact, image, index, sourceOf } from "../../support/images.ts";
import { json, problem, seedManifest, startRegistry } from "../../support/registry-server.ts";
import { pin } from "../../../src/steps/pin.ts";
import { platform } from "../../../src/steps/platform.ts";
import { BLOB, expectStored, setup } from "./pushing.ts";
import { openSink, openSource, seedImage, sinkAt, sourceAt, testWorld } from "./setup.ts";
import { WORLD } from "../../../transports/registry/world.ts";

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

describe("registry: a copy within a registry", () => {
  it("shares what is known and the connections, and leaves none open", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "from", "v1");
    const world = await testWorld();
    const copyOnce = async (): Promise<void> => {
      const source = await openSource(`${registry.host}/from:v1`, {}, world);
      const sink = await openSink(`${registry.host}/to:v1`, {}, world);
      await copy(source, sink);
      await source[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose](); // twice counts once
      expect(await sink.has(BLOB.descriptor)).toBe(false); // it is open still
      await sink[Symbol.asyncDispose]();
    };
    await copyOnce();
    const [requests, connections] = [registry.log.length, registry.connections];
    await copyOnce();
    const asked = registry.log.slice(requests).map(({ method, path }) =>
      `${method} ${path.split("/")[3]}`
    );
    expect(asked.slice(0, -1)).toEqual(["GET manifests", "HEAD manifests"]);
    expect(registry.connections - connections).toBe(2); // one asks what is spoken there
  });

  it("does not share with who is told to trust others, or can be told to stop", async () => {
    const registry = await startRegistry();
    await seedImage(registry, "app", "v1");
    const world = await testWorld();
    const stop = new AbortController();
    for (const options of [{}, { registry: { tlsVerify: false } }, { signal: stop.signal }]) {
      await (await sourceAt(`${registry.host}/app:v1`, options, world)).resolve();
    }
    expect(registry.connections).toBe(6);
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

  it("asks once, and no more, when the image is there already under its tag", async () => {
    const { registry, sink } = await setup();
    const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
    await copy(sourceOf({ it: put }), sink);
    const before = registry.log.length;
    const { blobs } = await copy(sourceOf({ it: put }), sink);
    expect(blobs.moved).toBe(0);
    expect(registry.log.slice(before).map(({ method, path }) => `${method} ${path}`))
      .toEqual(["HEAD /v2/app/manifests/v1"]);
  });

  it("asks and names, and no more, when it is there under another tag", async () => {
    const { registry, sink } = await setup();
    const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
    await copy(sourceOf({ it: put }), sink, { references: ["other"] });
    await copy(sourceOf({ it: await image() }), sink, { references: ["taken"] });
    for (const references of [["new"], ["taken"]]) {
      const before = registry.log.length;
      const { blobs } = await copy(sourceOf({ it: put }), sink, { references });
      expect(blobs.moved).toBe(0);
      expect(registry.log.slice(before).map(({ method }) => method)).toEqual([
        "HEAD",
        "HEAD",
        "PUT",
      ]);
      expect(registry.repository("app").tags.get(references[0]!))
        .toBe(put.manifest.descriptor.digest);
    }
  });

  it("gives the tags that are not there yet, beside those that are", async () => {
    const { registry, sink } = await setup();
    const put = await image();
    await copy(sourceOf({ it: put }), sink, { references: ["a"] });
    await copy(sourceOf({ it: put }), sink, { references: ["a", "b"] });
    expect([...registry.repository("app").tags.keys()]).toEqual(["a", "b"]);
  });

  describe("a tag that never changes", () => {
    const immutable = (status: number) => async () => {
      const { registry, sink } = await setup();
      const put = await image();
      await copy(sourceOf({ it: put }), sink, { references: ["v1"] });
      const refusal = problem(status, "TAG_INVALID", "the tag is immutable");
      registry.onRequest = ({ method, path }) =>
        method === "PUT" && path.endsWith("/manifests/v1") ? { answer: refusal } : undefined;
      await copy(sourceOf({ it: put }), sink, { references: ["v1"] });
      await copy(sourceOf({ it: put }), sink, { references: ["v2", "v1"] });
      await expect(copy(sourceOf({ it: await image() }), sink, { references: ["v1"] }))
        .rejects.toMatchObject({
          message: expect.stringContaining("the tag is immutable"),
          hint: expect.stringMatching(status === 403 ? /credentials/ : /^v1 names another image/),
        });
    };

    it.each([400, 403, 409, 412])(
      "may get what it has again (%d)",
      (status) => immutable(status)(),
    );

    it("may where HEAD tells nothing, too", async () => {
      const { registry, sink } = await setup();
      const put = await image();
      await copy(sourceOf({ it: put }), sink);
      registry.onRequest = ({ method, path }) =>
        method === "HEAD"
          ? { answer: { status: 403 } }
          : method === "PUT" && path.endsWith("/v1")
          ? { answer: problem(400, "TAG_INVALID") }
          : undefined;
      await copy(sourceOf({ it: put }), sink);
    });
  });

  it("puts back what the registry has lost since, under another tag", async () => {
    const { registry, sink } = await setup();
    const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
    await copy(sourceOf({ it: put }), sink);
    const repository = registry.repository("app");
    const { digest } = put.layers[0]!.descriptor;
    repository.blobs.delete(digest);
    // That the tag names it is believed; a manifest that is put is looked at by the registry.
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
        "HEAD manifests", // the tag
        "HEAD manifests", // the digest
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
    const bytes = await readContent(all.manifest, 1e6);
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

  it("refuses names that are not tags", async () => {
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

  it("waits for a registry that does not see at once what it has been given", async () => {
    let n = 0;
    const { sink, registry, world } = await setup();
    registry.onRequest = ({ method, path }) =>
      method === "PUT" && path.includes("/manifests/") && ++n % 2 === 1
        ? { answer: problem(404, "MANIFEST_BLOB_UNKNOWN") }
        : undefined;
    await copy(sourceOf({ it: await index([await image(), await image()]) }), sink);
    expect(world.pauses).toEqual([500, 500, 500]);
  });

  it.each([
    problem(415, "UNSUPPORTED"),
    problem(400, "MANIFEST_INVALID"),
    { status: 415 },
  ])("says how a registry without OCI's manifests may take it: %j", async (answer) => {
    const { sink, registry } = await setup();
    registry.onRequest = ({ method, path }) =>
      method === "PUT" && path.includes("/manifests/") ? { answer } : undefined;
    await expect(copy(sourceOf({ it: await image({ format: "oci" }) }), sink))
      .rejects.toMatchObject({ hint: expect.stringContaining("--format docker") });
    const failure = await copy(sourceOf({ it: await image({ format: "docker" }) }), sink)
      .catch((error) => error);
    expect(failure.hint ?? "").not.toContain("--format");
  });

  it("does not ask twice when the registry wants no foreign layer", async () => {
    const { sink, registry } = await setup();
    const foreign = contentOf(
      "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      Buffer.from("foreign"),
    );
    const urls = ["https://example.com/layer"];
    const layer = {
      ...foreign,
      descriptor: { ...foreign.descriptor, urls },
      diffId: foreign.descriptor.digest,
    };
    const { config } = await image({ format: "docker" });
    let puts = 0;
    // As distribution answers: the status is the first error's.
    registry.onRequest = ({ method, path }) => {
      if (method !== "PUT" || !path.includes("/manifests/")) return undefined;
      puts++;
      const errors = [
        { code: "UNKNOWN", message: "unknown error", detail: {} },
        { code: "MANIFEST_BLOB_UNKNOWN", detail: foreign.descriptor.digest },
      ];
      return { answer: json(500, { errors }) };
    };
    const failure = copy(sourceOf({ it: createImage("docker", config, [layer]) }), sink);
    await expect(failure).rejects.toMatchObject({
      code: "REFUSED",
      message: expect.stringContaining(`whose layer ${foreign.descriptor.digest} is elsewhere`),
    });
    expect(puts).toBe(1);
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
    const json = JSON.parse((await readContent(plain.manifest, 1e6)).toString());
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

  it("are all in the list, whoever writes at the same time, however slowly", async () => {
    const registry = await startRegistry({ without: ["referrers"] });
    const put = await seedImage(registry, "app", "v1");
    const tag = put.manifest.descriptor.digest.replace(":", "-");
    registry.onRequest = async ({ method, path }) => {
      if (method === "PUT" && path.endsWith(tag)) await setTimeout(600);
      return undefined;
    };
    // Each has looked before what the one before it writes is there.
    const writing = [..."abc"].map(async (text, i) => {
      await setTimeout(500 * i);
      const one = await signature(text, put.manifest);
      const world = await testWorld({ sleep: WORLD.sleep });
      await putArtifact(one, await sinkAt(`${registry.host}/app:v1`, {}, world));
      return one.manifest.descriptor.digest;
    });
    const written = await Promise.all(writing);
    const { tags, manifests } = registry.repository("app");
    const index = JSON.parse(manifests.get(tags.get(tag)!)!.bytes.toString());
    expect(index.manifests.map(({ digest }: Descriptor) => digest).toSorted())
      .toEqual(written.toSorted());
  });

  it("are looked for when another, who had looked before, has had the time to write", async () => {
    const registry = await startRegistry({ without: ["referrers"] });
    const put = await seedImage(registry, "app", "v1");
    const tag = put.manifest.descriptor.digest.replace(":", "-");
    registry.onRequest = async ({ path }) => {
      if (path.endsWith(tag)) await setTimeout(300);
      return undefined;
    };
    const world = await testWorld();
    const sink = await sinkAt(`${registry.host}/app:v1`, {}, world);
    await putArtifact(await signature("one", put.manifest), sink);
    expect(world.pauses).toHaveLength(1);
    expect(world.pauses[0]).toBeGreaterThan(595); // reading the list and writing it
  });

  it("that others take out of the list as often as they get into it are told", async () => {
    const registry = await startRegistry({ without: ["referrers"] });
    const put = await seedImage(registry, "app", "v1");
    const tag = put.manifest.descriptor.digest.replace(":", "-");
    const sink = await sinkAt(`${registry.host}/app:v1`);
    registry.onRequest = ({ method, path }) => {
      if (method === "GET" && path.endsWith(tag)) registry.repository("app").tags.delete(tag);
      return undefined;
    };
    const attaching = copy(sourceOf({ it: await signature("one", put.manifest) }), sink, {
      references: ["signature"],
    });
    await expect(attaching).rejects.toMatchObject({
      code: "REFUSED",
      message: expect.stringMatching(
        /sha256:[0-9a-f]{64} in .*\/app: others write it all the time$/,
      ),
    });
  });
});
