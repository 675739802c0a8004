import { afterEach, expect, it, vi } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { content } from "../../src/image/content.ts";
import { watchContent } from "../../src/copy/watch.ts";

afterEach(() => vi.restoreAllMocks());

/** What is reported of this many chunks of one byte, where each takes so long. */
async function reports(chunks: number, chunkMs: number): Promise<number[]> {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const bytes = new Uint8Array(chunks);
  const descriptor = { mediaType: "x/y", digest: digestOf(bytes), size: chunks };
  const whole = content(descriptor, async function* () {
    for (const byte of bytes) {
      now += chunkMs;
      yield Uint8Array.of(byte);
    }
  });
  const said: number[] = [];
  for await (const _ of watchContent(whole, undefined, (sum) => said.push(sum)).open()) {
    /* read */
  }
  return said;
}

it("reports ten times a second, and the end once", async () => {
  expect(await reports(5, 60)).toEqual([2, 4, 5]);
  expect(await reports(4, 60)).toEqual([2, 4]);
  expect(await reports(3, 0)).toEqual([3]);
  expect(await reports(0, 0)).toEqual([0]);
});
