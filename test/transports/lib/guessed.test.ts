/** Sizes that a hash must know before the bytes, and that are only guessed. */
import { describe, expect, it } from "vitest";
import { digestOf } from "../../../src/bytes/digest.ts";
import { createHashedOutput } from "../../../src/bytes/hashed-output.ts";
import type { Output } from "../../../src/bytes/output.ts";
import { streamBytes } from "../../../src/bytes/stream.ts";
import { encodeHeader, END_OF_ARCHIVE, paddingOf } from "../../../src/tar/write.ts";
import { createArchiveWriter } from "../../../transports/lib/archive/write.ts";

const BYTES = Buffer.alloc(1500, "x");
const SMALL = Buffer.from("small");

const member = (path: string, bytes: Buffer) =>
  Buffer.concat([
    encodeHeader({ path, size: bytes.length, mode: 0o644 }),
    bytes,
    paddingOf(bytes.length),
  ]);

const WANTED = digestOf(
  Buffer.concat([member("a", SMALL), member("b", BYTES), member("c", SMALL), END_OF_ARCHIVE]),
);

/** An archive with a member whose size is guessed so; how often its bytes were asked for. */
async function written(output: Output, guess?: () => Promise<number | undefined>): Promise<number> {
  let opened = 0;
  const open = () => {
    opened++;
    return streamBytes(BYTES.subarray(0, 700), BYTES.subarray(700));
  };
  const archive = createArchiveWriter(() => Promise.resolve(output));
  await archive.add("a", SMALL);
  expect(await archive.addUnsized("b", { open, ...(guess && { guess }) })).toBe(BYTES.length);
  await archive.add("c", SMALL);
  await archive.finish();
  await archive[Symbol.asyncDispose]();
  return opened;
}

describe("an archive that is hashed", () => {
  it.each([
    ["right", BYTES.length, 1],
    ["too small", 3, 2],
    ["too large", 1e9, 2],
    ["none", undefined, 2],
  ])("reads bytes again where the guess is %s only if it has to", async (_, guess, times) => {
    const output = createHashedOutput();
    expect(await written(output, () => Promise.resolve(guess))).toBe(times);
    expect(output.digest()).toBe(WANTED);
  });

  it("measures where nothing can be guessed", async () => {
    const output = createHashedOutput();
    expect(await written(output)).toBe(2);
    expect(output.digest()).toBe(WANTED);
  });

  it("spools where nothing can be taken back", async () => {
    const hashed = createHashedOutput();
    const { write, commit } = hashed;
    const pipe: Output = { write, commit, [Symbol.asyncDispose]: () => Promise.resolve() };
    expect(await written(pipe, () => Promise.resolve(3))).toBe(1);
    expect(hashed.digest()).toBe(WANTED);
  });
});
