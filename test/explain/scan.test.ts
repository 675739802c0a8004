/** References that are found in files, as Nix finds them. */
import { expect, it } from "vitest";
import { createReferenceScan, HashScanner } from "../../src/explain/scan.ts";
import { readLayerFiles } from "../../src/explain/files.ts";
import { stack } from "../flatten/support/stack.ts";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";

it("a hash is found wherever chunks end", () => {
  const text = Buffer.from(`see /nix/store/${HASH}-x, and e${"u".repeat(40)}.`);
  for (let size = 1; size <= text.length; size++) {
    const scanner = new HashScanner();
    for (let at = 0; at < text.length; at += size) scanner.push(text.subarray(at, at + size));
    expect([...scanner.found]).toEqual([HASH]);
  }
});

it("a hash is found within a longer run of its characters", () => {
  const scanner = new HashScanner();
  scanner.push(Buffer.from(`aa${HASH}bb`));
  expect(scanner.found.has(HASH)).toBe(true);
});

it("paths refer to those whose hashes their files and links have", async () => {
  const [a, b, c] = ["a", "b", "c"].map((hash) => `nix/store/${hash.repeat(32)}-${hash}`);
  const scan = createReferenceScan();
  const image = await stack([
    [`${c}: nothing`, `${b}/x: 1`, `${b}/gone: see /${c}`],
    [`${a}/run: exec /${b}/x`, `${a}/c -> /${c}`, `${b}/.wh.gone: `],
  ]);
  const { tree } = await readLayerFiles(image, { store: scan.store });
  const graph = scan.finish({
    tree,
    storePaths: [{ path: `/${c}`, size: 7, files: 1, layers: [1] }],
  });
  expect([...graph.values()]).toEqual([
    { path: `/${a}`, references: [`/${b}`, `/${c}`] },
    { path: `/${b}`, references: [] },
    { path: `/${c}`, references: [], narSize: 7 },
  ]);
});
