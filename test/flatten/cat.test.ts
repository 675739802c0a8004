import { describe, expect, it } from "vitest";
import { collectStream } from "../../src/bytes/stream.ts";
import { cat } from "../../src/flatten/cat.ts";
import type { Image } from "../../src/image/root.ts";
import { stack } from "./support/stack.ts";
import { counted } from "../support/images.ts";

async function read(image: Pick<Image, "layers">, path: string): Promise<string> {
  return (await collectStream(cat(image, path), 1 << 20, path)).toString();
}

describe("cat", () => {
  const layers = [
    [
      "etc/old: old",
      "usr/lib/os-release: release",
      "d/gone: gone",
      "low: low",
      "twin: t",
      "opq/in",
    ],
    ["etc/os-release -> ../usr/lib/os-release", "etc/abs -> /etc/old", "l1 -> l2", "l2 -> l1"],
    ["dir -> /usr/lib", "up -> ../../../../etc/old", "hard = twin", ".wh.d", "opq/.wh..wh..opq"],
    ["top: top", "low: high", "a: 1", "b = a", "null -> /dev/null", "twice: 1", "twice: 2"],
    [".wh.a", { path: "dev/null", type: "char" as const, devmajor: 1, devminor: 3 }],
  ];

  it.each([
    ["/top", "top"],
    ["low", "high"],
    ["etc/os-release", "release"],
    ["/etc/../etc/./os-release", "release"],
    ["etc/abs", "old"],
    ["up", "old"],
    ["dir/os-release", "release"],
    ["dir/../../etc/old", "old"],
    ["hard", "t"],
    ["b", "1"],
    ["twice", "2"],
  ])("%s", async (path, expected) => {
    for (const how of ["none", "gzip"] as const) {
      expect(await read(await stack(layers, how), path)).toBe(expected);
    }
  });

  it.each([
    ["/nope", "NOT_FOUND"],
    ["d/gone", "NOT_FOUND"],
    ["opq/in", "NOT_FOUND"],
    ["top/below", "NOT_FOUND"],
    ["a", "NOT_FOUND"],
    ["etc", "UNSUPPORTED"],
    ["/", "UNSUPPORTED"],
    ["null", "UNSUPPORTED"],
    ["l1", "UNSAFE"],
  ])("%s is refused: %s", async (path, code) => {
    await expect(read(await stack(layers), path)).rejects.toMatchObject({ code });
  });

  it("reads no more layers than it takes, and few twice", async () => {
    const reading = async (path: string) => {
      const many = Array.from({ length: 12 }, (_, i) => [`own-${i}: ${i}`]);
      const { root, opened } = counted(await stack([["low: x"], ...many, ["top: y", ".wh.gone"]]));
      await read(root, path).catch(() => {});
      return root.layers.map(({ descriptor }) => opened.get(descriptor.digest) ?? 0).reverse();
    };
    // What comes next is begun before it is known that it is not needed.
    for (const path of ["top", "gone"]) {
      const counts = await reading(path);
      expect(counts.slice(0, 1)).toEqual([1]);
      expect(counts.slice(4)).toEqual(counts.slice(4).map(() => 0));
    }
    expect(await reading("low")).toEqual(Array.from({ length: 14 }, () => 1));
  });
});
