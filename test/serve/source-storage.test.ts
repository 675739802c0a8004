/** Sources as repositories: every tag, every blob, and nothing opened that nobody asks for. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { NixociError } from "../../src/base/errors.ts";
import { copy } from "../../src/copy/copy.ts";
import { contentOf, readContent } from "../../src/image/content.ts";
import { encodeJson } from "../../src/image/json.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import type { Artifact, Layer, Root } from "../../src/image/root.ts";
import type { Source } from "../../src/image/source.ts";
import { createSourceStorage, type RepositorySource } from "../../src/serve/mod.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { artifact, image, index, sourceOf } from "../support/images.ts";
import { type Asked, jsonOf, served, verdictOf } from "./setup.ts";

async function servedFrom(open: RepositorySource): Promise<Asked> {
  const storage = createSourceStorage(open);
  onTestFinished(async () => await storage[Symbol.asyncDispose]());
  return await served(storage);
}

/** Serves roots by their names as `app`. */
function servedRoots(roots: Readonly<Record<string, Root>>, more?: Partial<Source>) {
  return servedFrom(async (name) => name === "app" ? sourceOf(roots, more) : undefined);
}

async function tagsOf({ ask }: Asked): Promise<string[]> {
  return (await jsonOf<{ tags: string[] }>(await ask("GET", "app/tags/list"))).tags;
}

describe("createSourceStorage", () => {
  it("serves what a layout holds to a client, byte for byte", async () => {
    const folder = await temporaryFolder();
    const all = index([await image(), await image({ compression: "zstd" })], [
      parsePlatform("linux/amd64"),
      parsePlatform("linux/arm64"),
    ]);
    const [layout, again] = [`oci-dir:${folder}/from`, `oci-dir:${folder}/to`];
    const [first, second] = [await openSink(`${layout}:v1`), await openSink(again)];
    await copy(sourceOf({ all }), first);
    await first[Symbol.asyncDispose]();
    const { registry, errors } = await servedFrom(() => openSource(layout));
    const from = await openSource(`registry:${registry.host}/app:v1`);
    const { images } = await copy(from, second);
    await from[Symbol.asyncDispose]();
    expect(images[0]!.descriptor.digest).toBe(all.manifest.descriptor.digest);
    expect(errors).toEqual([]);
  });

  it("finds manifests and blobs by digest without anybody having asked for a tag", async () => {
    const one = await image({ layers: [{ a: "a" }, { b: "b" }] });
    const all = index([one], [parsePlatform("linux/amd64")]);
    const asked = await servedRoots({ "registry.example/app:v1": all });
    for (const { descriptor } of [one.manifest, all.manifest]) {
      const answer = await asked.ask("GET", `app/manifests/${descriptor.digest}`);
      expect([answer.status, answer.headers.get("content-type")])
        .toEqual([200, descriptor.mediaType]);
    }
    const [layer] = one.layers;
    const { ask } = await servedRoots({ v1: all });
    const answer = await ask("GET", `app/blobs/${layer!.descriptor.digest}`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(await readContent(layer!, 1e6));
  });

  it("opens no layer that nobody reads, and none for HEAD", async () => {
    const whole = await image();
    let opened = 0;
    const layers = whole.layers.map((layer): Layer => ({
      ...layer,
      async *open(options) {
        opened++;
        yield* layer.open(options);
      },
    }));
    const { ask } = await servedRoots({ v1: { ...whole, layers } });
    const path = `app/blobs/${layers[0]!.descriptor.digest}`;
    await ask("GET", "app/manifests/v1");
    expect((await ask("HEAD", path)).headers.get("content-length"))
      .toBe(`${layers[0]!.descriptor.size}`);
    expect(opened).toBe(0);
    await (await ask("GET", path)).arrayBuffer();
    expect(opened).toBe(1);
  });

  it("serves parts of blobs from streams and from files", async () => {
    const one = await image({ layers: [{ a: "x".repeat(100_000) }], compression: "none" });
    const folder = await temporaryFolder();
    const sink = await openSink(`oci-dir:${folder}:v1`);
    await copy(sourceOf({ one }), sink);
    await sink[Symbol.asyncDispose]();
    const bytes = await readContent(one.layers[0]!, 1e6);
    const sources = [async () => sourceOf({ v1: one }), () => openSource(`oci-dir:${folder}`)];
    for (const open of sources) {
      const { ask } = await servedFrom(open);
      const headers = { range: "bytes=510-70000" };
      const part = await ask("GET", `app/blobs/${one.layers[0]!.descriptor.digest}`, { headers });
      expect(part.status).toBe(206);
      expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(510, 70_001));
    }
  });

  it("finds an image that is alone as latest, too, whatever it is called", async () => {
    const [one, other] = [await image(), await image({ layers: [{ b: "b" }] })];
    const asked = await servedRoots({ "app:made-of-its-id": one });
    expect(await tagsOf(asked)).toEqual(["latest", "made-of-its-id"]);
    const { headers } = await asked.ask("HEAD", "app/manifests/latest");
    expect(headers.get("docker-content-digest")).toBe(one.manifest.descriptor.digest);
    const two = await servedRoots({ "app:1": one, "app:2": other });
    expect(await tagsOf(two)).toEqual(["1", "2"]);
    expect(await verdictOf(await two.ask("GET", "app/manifests/latest")))
      .toBe("404 MANIFEST_UNKNOWN");
    const named = await servedRoots({ "app:latest": one });
    expect(await tagsOf(named)).toEqual(["latest"]);
  });

  it("calls an image latest that has no name", async () => {
    const asked = await servedRoots({ it: await image() }, { list: () => Promise.resolve([]) });
    expect(await tagsOf(asked)).toEqual(["latest"]);
    expect((await asked.ask("GET", "app/manifests/latest")).status).toBe(200);
    expect(await verdictOf(await asked.ask("GET", "app/manifests/it")))
      .toBe("404 MANIFEST_UNKNOWN");
  });

  it("takes the tag of a whole name, and leaves names alone that have none", async () => {
    const one = await image();
    const asked = await servedRoots({ "docker.io/library/app:v1": one, "no tag": one, v2: one });
    expect(await tagsOf(asked)).toEqual(["v1", "v2"]);
    expect((await asked.ask("GET", "app/manifests/v1")).status).toBe(200);
  });

  it("asks a source that lists nothing for what it is asked", async () => {
    const [one, two] = [await image(), await image()];
    const { ask } = await servedRoots({ v1: one, [two.manifest.descriptor.digest]: two }, {
      list: undefined as never,
    });
    expect((await ask("GET", "app/manifests/v1")).status).toBe(200);
    const { digest } = two.manifest.descriptor;
    expect((await ask("GET", `app/manifests/${digest}`)).status).toBe(200);
  });

  it("knows no repository that is none", async () => {
    const missing = join(await temporaryFolder(), "none");
    const { ask } = await servedFrom(async (name) =>
      name === "app" ? await openSource(`oci-dir:${missing}`) : undefined
    );
    for (const name of ["app", "other"]) {
      expect(await verdictOf(await ask("GET", `${name}/tags/list`))).toBe("404 NAME_UNKNOWN");
    }
  });

  it("lists referrers, past an image that cannot be read", async () => {
    const one = await image();
    const mediaType = MEDIA_TYPES.oci.manifest;
    const { config } = await image();
    const signature: Artifact = {
      kind: "artifact",
      manifest: contentOf(
        mediaType,
        encodeJson({
          schemaVersion: 2,
          mediaType,
          artifactType: "a/signature",
          config: config.descriptor,
          layers: [],
          subject: one.manifest.descriptor,
        }),
      ),
      blobs: [config],
    };
    const roots: Record<string, Root> = { v1: one, sig: signature, other: artifact() };
    const { ask } = await servedRoots({ bad: one, ...roots }, {
      resolve: async (name = "v1") => {
        if (name === "bad") throw new NixociError("UNSUPPORTED", "it is in schema 1");
        return roots[name]!;
      },
    });
    const answer = await ask("GET", `app/referrers/${one.manifest.descriptor.digest}`);
    const { manifests } = await jsonOf<{ manifests: object[] }>(answer);
    expect(manifests).toMatchObject([
      { digest: signature.manifest.descriptor.digest, artifactType: "a/signature" },
    ]);
  });

  it("closes sources that others have replaced, when nobody reads them", async () => {
    const one = await image();
    const closed: number[] = [];
    let opened = 0;
    const storage = createSourceStorage(async () => {
      const number = ++opened;
      return sourceOf({ one }, { [Symbol.asyncDispose]: async () => void closed.push(number) });
    });
    const next = async () => {
      storage.refresh("app");
      return await storage.findRepository("app");
    };
    const { digest } = one.layers[0]!.descriptor;
    const reading = (await (await next())!.findBlob(digest))!.read()[Symbol.asyncIterator]();
    await reading.next();
    const found = await (await next())!.findBlob(digest);
    await next();
    // The first is read, and somebody has just found something in the second.
    expect(closed).toEqual([]);
    for await (const _ of found!.read());
    await reading.return!();
    await expect.poll(() => closed).toEqual([1]);
    await next();
    await expect.poll(() => closed).toEqual([1, 2]);
    await storage[Symbol.asyncDispose]();
    expect(closed).toEqual([1, 2, 4, 3]);
    expect(opened).toBe(4);
  });

  it("closes a source that cannot be closed, and says so in the end", async () => {
    const one = await image();
    const storage = createSourceStorage(async () =>
      sourceOf({ one }, { [Symbol.asyncDispose]: () => Promise.reject(new Error("it hangs")) })
    );
    for (let i = 0; i < 3; i++) {
      storage.refresh("app");
      await storage.findRepository("app");
    }
    await expect(storage[Symbol.asyncDispose]()).rejects.toThrow("it hangs");
  });
});
