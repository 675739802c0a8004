/** Blobs that get their name when all of their bytes have come. */
import { expect, test } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { streamBytes } from "../../src/bytes/stream.ts";
import { contentOf } from "../../src/image/content.ts";
import type { ImageBlob } from "../../src/image/root.ts";
import type { UnnamedBlob } from "../../src/image/sink.ts";
import { type NamedBytes, putUnnamed } from "../../src/image/unnamed.ts";

const BYTES = Buffer.from("some bytes");

test("a blob is named by exactly what was written", async () => {
  const { unnamed, log } = createUnnamed();
  const blob = await putUnnamed(unnamed, streamBytes(BYTES), nameIt);
  expect(blob?.content.descriptor).toMatchObject({ digest: digestOf(BYTES), size: BYTES.length });
  expect(log).toEqual(["write some bytes", `name ${digestOf(BYTES)}`, "dispose"]);
});

test("bytes that are not wanted get no name", async () => {
  const { unnamed, log } = createUnnamed();
  expect(await putUnnamed(unnamed, streamBytes(BYTES), () => undefined)).toBeUndefined();
  expect(log).toEqual(["write some bytes", "dispose"]);
});

test("no name is given that is another's", async () => {
  const { unnamed, log } = createUnnamed();
  const other = { kind: "blob", content: contentOf("text/plain", Buffer.from("other")) } as const;
  const failed = putUnnamed(unnamed, streamBytes(BYTES), () => other);
  await expect(failed).rejects.toMatchObject({ code: "DIGEST" });
  expect(log).toEqual(["write some bytes", "dispose"]);
});

test("a stream that fails leaves nothing", async () => {
  const { unnamed, log } = createUnnamed();
  const stream = async function* () {
    yield BYTES;
    throw new Error("broken");
  };
  await expect(putUnnamed(unnamed, stream(), nameIt)).rejects.toThrow("broken");
  expect(log).toEqual(["write some bytes", "dispose"]);
});

function nameIt({ digest }: NamedBytes): ImageBlob {
  const content = contentOf("text/plain", BYTES);
  expect(digest).toBe(content.descriptor.digest);
  return { kind: "blob", content };
}

function createUnnamed() {
  const log: string[] = [];
  const unnamed: UnnamedBlob = {
    write: async (bytes) => void log.push(`write ${Buffer.from(bytes)}`),
    name: async ({ content }) => void log.push(`name ${content.descriptor.digest}`),
    [Symbol.asyncDispose]: async () => void log.push("dispose"),
  };
  return { unnamed, log };
}
