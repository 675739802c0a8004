/** Tests temporary files without a name. */
import { expect, it, onTestFinished } from "vitest";
import { createScratch } from "../../src/image/disk/scratch.ts";

async function createFile(content: string) {
  const scratch = createScratch();
  onTestFinished(() => scratch[Symbol.asyncDispose]());
  const file = await scratch.file();
  await file.write(Buffer.from(content));
  return file;
}

it("reads at any place, and fewer bytes only at the end", async () => {
  const file = await createFile("hello");
  const into = Buffer.alloc(4);
  expect([await file.readAt(into, 0), into.toString()]).toEqual([4, "hell"]);
  expect([await file.readAt(into, 3), into.toString("utf8", 0, 2)]).toEqual([2, "lo"]);
  expect(await file.readAt(into, 5)).toBe(0);
  await file.write(Buffer.from("!"));
  expect([await file.readAt(into, 3), into.toString("utf8", 0, 3)]).toEqual([3, "lo!"]);
});

it("lets signals and timers be heard by one who only reads", async () => {
  const file = await createFile("hello");
  const into = Buffer.alloc(5);
  let isHeard = false;
  setTimeout(() => void (isHeard = true));
  let reads = 0;
  while (!isHeard && reads < 1e6) reads += await file.readAt(into, 0) > 0 ? 1 : 0;
  expect(isHeard).toBe(true);
});
