/** Hashes of store paths in bytes: however these are cut into pieces, and nothing that only looks alike. */
import { expect, it } from "vitest";
import { beginHashSearch } from "../../../src/compose/scripts/store-hashes.ts";

const [A, B, C] = ["a", "b", "c"].map((letter) => letter.repeat(32)) as [string, string, string];
const ALL = new Set([A, B, C]);

function find(text: string, size: number): string[] {
  const search = beginHashSearch(ALL);
  const bytes = Buffer.from(text, "latin1");
  const room = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(room, 0, at, at + size);
    search.add(room.subarray(0, length)); // the same memory every time, as readers do it
  }
  search.end();
  return [...search.found].sort();
}

it.each([1, 7, 31, 32, 33, 64, 1000])("are found in pieces of %i bytes", (size) => {
  expect(find(`\0\xff/nix/store/${A}-x/bin ../${B}-y e${C}`, size)).toEqual([A, B, C]);
  expect(find(`${"x".repeat(100)}${A}`, size)).toEqual([A]);
});

it("are not found in parts, nor across two texts", () => {
  expect(find(`${A.slice(1)} ${B.slice(0, 31)}e${C.toUpperCase()}`, 1000)).toEqual([]);
  const search = beginHashSearch(ALL);
  search.add(Buffer.from(A.slice(0, 16)));
  search.end();
  search.add(Buffer.from(A.slice(16)));
  expect(search.found.size).toBe(0);
});

it("are those of the store alone", () => {
  const search = beginHashSearch(new Set());
  search.add(Buffer.from(A));
  expect(search.found.size).toBe(0);
});
