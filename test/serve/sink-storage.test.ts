/** Sinks as repositories: what is pushed is in them when the push is answered. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { NixociError } from "../../src/base/errors.ts";
import { readContent } from "../../src/image/content.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import type { Image, Root } from "../../src/image/root.ts";
import { createSinkStorage, type RepositorySink } from "../../src/serve/mod.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image, index, sourceOf } from "../support/images.ts";
import { type Asked, served, verdictOf } from "./setup.ts";

interface Stored extends Asked {
  readonly folder: string;
}

/** A registry whose repositories are layouts in a folder. */
async function servedLayouts(sink?: RepositorySink): Promise<Stored> {
  const folder = await temporaryFolder();
  const storage = createSinkStorage({
    sink: sink ?? ((name) => openSink(`oci-dir:${join(folder, name)}`)),
    source: (name) => openSource(`oci-dir:${join(folder, name)}`),
  });
  onTestFinished(async () => await storage[Symbol.asyncDispose]());
  return { folder, ...await served(storage) };
}

async function push({ registry }: Asked, name: string, root: Root): Promise<void> {
  const sink = await openSink(`registry:${registry.host}/${name}`);
  try {
    await copy(sourceOf({ root }), sink);
  } finally {
    await sink[Symbol.asyncDispose]();
  }
}

async function digestAt(place: string): Promise<string> {
  const source = await openSource(place);
  try {
    return (await source.resolve()).manifest.descriptor.digest;
  } finally {
    await source[Symbol.asyncDispose]();
  }
}

async function uploadBlobs({ ask }: Asked, { config, layers }: Image): Promise<void> {
  for (const blob of [config, ...layers]) {
    const path = `app/blobs/uploads/?digest=${blob.descriptor.digest}`;
    const body = await readContent(blob, 1e6);
    expect((await ask("POST", path, { body: Uint8Array.from(body) })).status).toBe(201);
  }
}

async function putManifest({ ask }: Asked, { manifest }: Root, tag: string): Promise<string> {
  const answer = await ask("PUT", `app/manifests/${tag}`, {
    headers: { "content-type": manifest.descriptor.mediaType },
    body: Uint8Array.from(await readContent(manifest, 1e6)),
  });
  return await verdictOf(answer);
}

describe("createSinkStorage", () => {
  it("puts what is pushed into a layout, and serves it from there", async () => {
    const asked = await servedLayouts();
    const one = await image({ layers: [{ a: "a" }, { b: "b" }] });
    await push(asked, "team/app:v1", one);
    const { digest } = one.manifest.descriptor;
    expect(await digestAt(`oci-dir:${asked.folder}/team/app:v1`)).toBe(digest);
    expect(await digestAt(`registry:${asked.registry.host}/team/app:v1`)).toBe(digest);
    const blob = await asked.ask("GET", `team/app/blobs/${one.layers[1]!.descriptor.digest}`);
    expect(Buffer.from(await blob.arrayBuffer())).toEqual(await readContent(one.layers[1]!, 1e6));
    expect(asked.errors).toEqual([]);
  });

  it("puts indexes with all that is in them", async () => {
    const asked = await servedLayouts();
    const platforms = ["linux/amd64", "linux/arm64"].map(parsePlatform);
    const all = index([await image(), await image()], platforms);
    await push(asked, "app:all", all);
    expect(await digestAt(`oci-dir:${asked.folder}/app:all`))
      .toBe(all.manifest.descriptor.digest);
    expect(await readdir(join(asked.folder, "app/blobs/sha256"))).toHaveLength(7);
  });

  it("has blobs that images share but once, whatever comes first", async () => {
    const asked = await servedLayouts();
    const base = { layers: [{ base: "the same" }, { more: "a" }] };
    const [one, two] = [
      await image(base),
      await image({ layers: [{ base: "the same" }, { more: "b" }] }),
    ];
    await Promise.all([push(asked, "app:one", one), push(asked, "app:two", two)]);
    await push(asked, "other:two", two); // mounted, or moved
    for (const [name, root] of [["app:one", one], ["app:two", two], ["other:two", two]] as const) {
      expect(await digestAt(`oci-dir:${asked.folder}/${name}`))
        .toBe(root.manifest.descriptor.digest);
    }
    expect(asked.errors).toEqual([]);
  });

  it("moves a tag", async () => {
    const asked = await servedLayouts();
    const [old, young] = [await image(), await image()];
    await push(asked, "app:v1", old);
    await push(asked, "app:v1", young);
    expect(await digestAt(`registry:${asked.registry.host}/app:v1`))
      .toBe(young.manifest.descriptor.digest);
  });

  it("mounts what waits, and what has its place", async () => {
    const asked = await servedLayouts();
    const [waiting, placed] = [await image(), await image()];
    await uploadBlobs(asked, waiting);
    await push(asked, "app:placed", placed);
    for (const { layers: [layer] } of [waiting, placed]) {
      const { digest } = layer!.descriptor;
      const mounted = await asked.ask("POST", `b/blobs/uploads/?mount=${digest}&from=app`);
      expect(mounted.status).toBe(201);
      const itself = await asked.ask("POST", `b/blobs/uploads/?mount=${digest}&from=b`);
      expect(itself.status).toBe(201);
      const back = await asked.ask("POST", `app/blobs/uploads/?mount=${digest}&from=b`);
      expect(back.status).toBe(201);
    }
    expect(await putManifest(asked, waiting, "v1")).toBe("201");
    const { digest } = waiting.layers[0]!.descriptor;
    const blob = await asked.ask("GET", `b/blobs/${digest}`);
    expect(Buffer.from(await blob.arrayBuffer()))
      .toEqual(await readContent(waiting.layers[0]!, 1e6));
  });

  it("answers why an image could not be put, and takes it when it can", async () => {
    let isFull = true;
    const asked: Stored = await servedLayouts(async (name) => {
      const sink = await openSink(`oci-dir:${join(asked.folder, name)}`);
      return {
        ...sink,
        put: (...args) =>
          isFull
            ? Promise.reject(new NixociError("IO", "Cannot write: no space left on device"))
            : sink.put(...args),
      };
    });
    const one = await image();
    await uploadBlobs(asked, one);
    const refused = await asked.ask("PUT", "app/manifests/v1", {
      headers: { "content-type": one.manifest.descriptor.mediaType },
      body: Uint8Array.from(await readContent(one.manifest, 1e6)),
    });
    expect([refused.status, await refused.text()])
      .toEqual([500, expect.stringContaining("the file system said no")]);
    expect(asked.errors).toHaveLength(1);
    expect(await verdictOf(await asked.ask("GET", "app/manifests/v1"))).toMatch(/^404/);
    isFull = false;
    expect(await putManifest(asked, one, "v1")).toBe("201");
  });

  it("refuses what nothing can be pushed to before a byte has come", async () => {
    const asked = await servedLayouts(async (name) => {
      throw new NixociError("NOT_FOUND", `nothing is kept under ${name}`);
    });
    expect(await verdictOf(await asked.ask("POST", "app/blobs/uploads/")))
      .toBe("404 NAME_UNKNOWN");
  });

  it("keeps what came by digest alone until a tag names it", async () => {
    const asked = await servedLayouts();
    const one = await image();
    await uploadBlobs(asked, one);
    const { digest } = one.manifest.descriptor;
    expect(await putManifest(asked, one, digest)).toBe("201");
    expect((await asked.ask("HEAD", `app/manifests/${digest}`)).status).toBe(200);
    expect(await readdir(asked.folder)).toEqual([]);
    expect(await putManifest(asked, index([one]), "v1")).toBe("201");
    expect(await readdir(join(asked.folder, "app/blobs/sha256"))).toHaveLength(4);
  });
});
