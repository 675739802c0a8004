/** Random stacks of layers: a directory shows what a tarball shows. */
import { it } from "vitest";
import type { Member } from "../support/archives.ts";
import { lacks } from "../support/tools.ts";
import { refusedBy, shownBy } from "./outputs.ts";
import { file, imageOfLayers } from "./support.ts";

/** Numbers from a seed: a test that fails, fails again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

function randomLayer(next: (below: number) => number): [string, Member][] {
  const name = () => "abc"[next(3)]!;
  const path = () => Array.from({ length: 1 + next(3) }, name).join("/");
  return Array.from({ length: 1 + next(8) }, (): [string, Member] => {
    const where = path();
    const kind = next(10);
    if (kind < 4) return [where, file(`${next(1000)}`)];
    if (kind < 6) return [where, { type: "directory", mode: 0o755 }];
    if (kind === 6) return [where, { type: "symlink", linkpath: `../${path()}` }];
    if (kind === 7) return [where.replace(/[^/]+$/, (last) => `.wh.${last}`), file("")];
    if (kind === 8) return [`${where}/.wh..wh..opq`, file("")];
    return [where, { type: "fifo", mode: 0o644 }];
  });
}

const BELOW_FILE = /lies below a file of the same layer/;

it.skipIf(lacks("tar")).each(Array.from({ length: 40 }, (_, i) => i + 1))(
  "stack %d",
  async (seed) => {
    const next = random(seed);
    const layers = Array.from({ length: 1 + next(5) }, () => randomLayer(next));
    const image = await imageOfLayers(layers);
    try {
      await shownBy(image);
    } catch (error) {
      // No file system can hold that: then neither output may come.
      if (!BELOW_FILE.test(String(error))) throw error;
      await refusedBy(image, BELOW_FILE);
    }
  },
);
