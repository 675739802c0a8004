import { describe, expect, it } from "vitest";
import { mergeSources } from "../../src/copy/merge.ts";
import type { Notice } from "../../src/base/notices.ts";
import type { Root } from "../../src/image/root.ts";
import type { Source } from "../../src/image/source.ts";
import { image } from "../support/images.ts";

/** A place that lists these images. */
function listing(images: readonly (readonly [name: string | undefined, root: Root])[]): Source {
  return {
    traits: { synthetic: true },
    list: async () =>
      images.map(([name, root], i) => ({
        select: `@${i}`,
        ...name !== undefined && { name },
        id: root.manifest.descriptor.digest,
      })),
    resolve: (reference) => Promise.resolve(images[Number(reference?.slice(1))]![1]),
    async [Symbol.asyncDispose]() {},
  };
}

describe("merged sources", () => {
  it("list all images, also those without names, in order", async () => {
    const [a, b, c] = await Promise.all(["a", "b", "c"].map((x) => image({ layers: [{ x }] })));
    const merged = mergeSources([
      { source: listing([["a:1", a!], [undefined, b!]]) },
      { source: { resolve: async () => c!, async [Symbol.asyncDispose]() {} }, name: "c:1" },
    ]);
    expect((await merged.list!()).map(({ name }) => name)).toEqual(["a:1", undefined, "c:1"]);
    for (const [i, root] of [a, b, c].entries()) {
      expect(await merged.resolve((await merged.list!())[i]!.select)).toBe(root);
    }
  });

  it("leave a name to the last that has it, and say so; the other stays", async () => {
    const [a, b] = await Promise.all(["a", "b"].map((x) => image({ layers: [{ x }] })));
    const notices: Notice[] = [];
    const merged = mergeSources([
      { source: listing([["it", a!]]), text: "one" },
      { source: listing([["docker.io/library/it:latest", b!]]), text: "two" },
    ], (notice) => notices.push(notice));
    expect((await merged.list!()).map(({ name }) => name)).toEqual([
      undefined,
      "docker.io/library/it:latest",
    ]);
    expect(notices).toEqual([{
      code: "NAMED",
      message: "it is the image of two: the one of one has lost that name",
    }]);
    expect(await merged.resolve("0:@0")).toBe(a);
  });

  it("list an image once that is there twice, and one that has other names by those", async () => {
    const [a, b] = await Promise.all(["a", "b"].map((x) => image({ layers: [{ x }] })));
    const notices: Notice[] = [];
    const merged = mergeSources([
      { source: listing([["it:1", a!], ["also:1", a!], ["same:1", b!]]) },
      { source: listing([["it:1", b!], ["same:1", b!]]) },
    ], (notice) => notices.push(notice));
    expect((await merged.list!()).map(({ name }) => name)).toEqual(["also:1", "it:1", "same:1"]);
    expect(notices.length).toBe(1);
  });

  it("keep an image that has lost all of its names, once", async () => {
    const [a, b] = await Promise.all(["a", "b"].map((x) => image({ layers: [{ x }] })));
    const merged = mergeSources([
      { source: listing([["one:1", a!], ["two:1", a!]]) },
      { source: listing([["one:1", b!], ["two:1", b!]]) },
    ]);
    expect((await merged.list!()).map(({ name }) => name)).toEqual([undefined, "one:1", "two:1"]);
  });

  it("keep the traits that they have in common", () => {
    const { traits } = mergeSources([
      { source: { ...listing([]), traits: { synthetic: true, namesAsGiven: true } } },
      { source: listing([]) },
    ]);
    expect(traits).toEqual({ synthetic: true });
  });
});
