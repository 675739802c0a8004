/** Tags and images are taken away, and nothing else is. */
import { describe, expect, it } from "vitest";
import { createArtifact } from "../../../src/artifact/create.ts";
import { copy } from "../../../src/copy/copy.ts";
import { putArtifact } from "../../../src/copy/put-artifact.ts";
import type { Root } from "../../../src/image/root.ts";
import { openSink, openSource } from "../../../transports/mod.ts";
import { listTags } from "../../../transports/registry/mod.ts";
import { image, index, sourceOf } from "../../support/images.ts";
import { problem, startRegistry } from "../../support/registry-server.ts";

const plain = { registry: { tlsVerify: false } };

async function put(place: string, root: Root, references: readonly string[]) {
  await using to = await openSink(place, plain);
  await copy(sourceOf({ root }), to, { references });
}

describe("a tag", () => {
  it.each([
    ["that can be deleted", undefined],
    ["that cannot, where manifests can", /\/manifests\/[^/:]+$/],
  ])("%s goes alone", async (_, refused) => {
    const registry = await startRegistry({
      onRequest: ({ method, path }) =>
        method === "DELETE" && refused?.test(path)
          ? { answer: problem(400, "DIGEST_INVALID") }
          : undefined,
    });
    const place = `registry:${registry.host}/a`;
    const one = await image();
    await put(place, one, ["v1", "v2"]);
    await using to = await openSink(place, plain);
    await to.removeName!("v1");
    expect(await listTags(`${registry.host}/a`, plain)).toEqual(["v2"]);
    await using from = await openSource(`${place}:v2`, plain);
    expect((await from.resolve()).manifest.descriptor.digest).toBe(one.manifest.descriptor.digest);
    await expect(to.removeName!("v3")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("stays what it was where nothing can be deleted", async () => {
    const registry = await startRegistry({ without: ["delete"] });
    const place = `registry:${registry.host}/a`;
    await put(place, await image(), ["v1"]);
    const before = registry.log.length;
    await using to = await openSink(place, plain);
    await expect(to.removeName!("v1")).rejects
      .toMatchObject({ code: "REFUSED", hint: expect.stringContaining("storage.delete.enabled") });
    const methods = registry.log.slice(before).map(({ method }) => method);
    expect(methods).not.toContain("PUT");
  });
});

it("a registry that may only be read says so", async () => {
  const refused = ["PUT", "POST", "PATCH"];
  const registry = await startRegistry();
  const place = `registry:${registry.host}/a`;
  await put(place, await image(), ["v1"]);
  registry.onRequest = ({ method }) =>
    refused.includes(method) ? { answer: { status: 405 } } : undefined;
  const hint = expect.stringContaining("storage.maintenance.readonly");
  await expect(put(place, await image(), ["v1"])).rejects.toMatchObject({ hint });
  await using from = await openSource(`${place}:v1`, plain);
  const root = await from.resolve();
  await expect(put(place, root, ["v2"])).rejects.toMatchObject({ hint });
});

describe("an image", () => {
  it("has holders: tags of its own, and of indexes that it is in", async () => {
    const registry = await startRegistry({ without: ["referrers"] });
    const place = `registry:${registry.host}/a`;
    const [one, two] = [await image(), await image()];
    await put(place, index([index([one]), two]), ["all"]);
    await put(place, one, ["one"]);
    await using to = await openSink(place, plain);
    expect(await to.listHolders!(one.manifest.descriptor.digest)).toEqual([
      { name: "all", isInside: true },
      { name: "one", isInside: false },
    ]);
  });

  it("that refers to another leaves the list of that", async () => {
    const registry = await startRegistry({ without: ["referrers"] });
    const place = `registry:${registry.host}/a`;
    const one = await image();
    await put(place, one, ["v1"]);
    const subject = one.manifest.descriptor;
    const [first, second] = ["a", "b"].map((name) =>
      createArtifact({ type: `application/vnd.${name}`, subject })
    );
    for (const artifact of [first!, second!]) {
      await using to = await openSink(place, plain);
      await putArtifact(artifact, to);
    }
    await using to = await openSink(place, plain);
    const attached = first!.manifest.descriptor;
    expect(await to.listHolders!(attached.digest)).toEqual([]);
    expect(await to.listHolders!(subject.digest)).toEqual([{ name: "v1", isInside: false }]);
    await to.removeManifest!(first!.manifest.descriptor.digest);
    await using from = await openSource(`${place}:v1`, plain);
    const left = await from.listReferrers!(subject.digest);
    expect(left.map(({ descriptor }) => descriptor.digest))
      .toEqual([second!.manifest.descriptor.digest]);
  });
});
