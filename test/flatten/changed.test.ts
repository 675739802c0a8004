/** Files of a source that change between the proof of a layer and the second reading. */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { collectStream } from "../../src/bytes/stream.ts";
import { cat } from "../../src/flatten/cat.ts";
import { flatten } from "../../src/flatten/flatten.ts";
import { content } from "../../src/image/content.ts";
import { layerMediaTypeOf } from "../../src/image/media-types.ts";
import type { Image } from "../../src/image/root.ts";
import { openBlobFile } from "../../transports/oci-dir/blob-file.ts";
import { temporaryFolder } from "../support/folder.ts";
import { imageOfLayers, tarOfMembers } from "./support/stack.ts";

const GOOD = ["a: good", "b: good"];
const EVIL = ["a: evil", "b: evil"];

/** An image whose layer lies in a file, and what is said of the file each time that one asks. */
async function lyingImage(answers: boolean[]): Promise<{ image: Image; path: string }> {
  const path = join(await temporaryFolder(), "layer.tar");
  const tar = await tarOfMembers(GOOD);
  await writeFile(path, tar);
  const mediaType = layerMediaTypeOf({ format: "oci", compression: "none", distributable: true })!;
  const diffId = digestOf(tar);
  const { open, inPlace } = openBlobFile(path);
  const layer = {
    ...content({ mediaType, digest: diffId, size: tar.length }, open),
    diffId,
    // What a file system's clock can tell of a new file depends on the runtime.
    inPlace: async () => ({
      ...await inPlace(),
      unchanged: () => Promise.resolve(answers.shift()!),
    }),
  };
  return { image: imageOfLayers([layer]), path };
}

const READERS = {
  flatten: (image: Image) => collectStream(flatten(image, { spoolLimit: 0 }), 1 << 20, "it"),
  cat: (image: Image) => collectStream(cat(image, "/b"), 1 << 20, "it"),
};

describe.each(Object.entries(READERS))("%s of a layer that lies in a file", (_, read) => {
  it("fails when the file has changed", async () => {
    const { image } = await lyingImage([true, false]);
    await expect(read(image)).rejects.toMatchObject({
      code: "IO",
      message: expect.stringMatching(/layer sha256:\w+ was changed while it was read/),
    });
  });

  it("ends well when it has not", async () => {
    const { image } = await lyingImage([true, true]);
    expect((await read(image)).toString()).toContain("good");
  });
});

it("a file too new to be told from another is not read twice", async () => {
  const { image, path } = await lyingImage([false]);
  const reading = flatten(image)[Symbol.asyncIterator]();
  const first = await reading.next(); // all layers are proved
  await writeFile(path, await tarOfMembers(EVIL));
  let text = Buffer.from(first.value!).toString();
  for (let next = await reading.next(); !next.done; next = await reading.next()) {
    text += Buffer.from(next.value).toString();
  }
  expect(text).not.toContain("evil");
  expect(text.split("good")).toHaveLength(3);
});

it("what is read while a blob is held is the file that is held", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "blob");
  await writeFile(path, "held");
  await writeFile(join(folder, "other"), "other");
  const blob = openBlobFile(path);
  const text = async () => (await collectStream(blob.open(), 100, "it")).toString();
  const holders = [await blob.inPlace(), await blob.inPlace()];
  await rename(join(folder, "other"), path);
  expect(await text()).toBe("held");
  expect(await holders[0]!.unchanged()).toBe(false);
  await holders[0]![Symbol.asyncDispose]();
  expect(await text()).toBe("held");
  await holders[1]![Symbol.asyncDispose]();
  expect(await text()).toBe("other");
  await rename(path, `${path}.away`);
  await expect(blob.inPlace()).rejects.toMatchObject({ code: "NOT_FOUND" });
  await rename(`${path}.away`, path);
  expect(await text()).toBe("other");
});
