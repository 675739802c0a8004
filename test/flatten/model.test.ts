/** The engine, newest layer first, beside the rules in their plainest form, lowest layer first. */
import { describe, expect, it } from "vitest";
import { collectStream } from "../../src/bytes/stream.ts";
import { mergeLayers } from "../../src/flatten/merge.ts";
import { createSpool } from "../../src/flatten/spool.ts";
import { createScratch } from "../../src/image/disk/scratch.ts";
import { random } from "../tar/support/random.ts";
import { modelled } from "./support/model.ts";
import { someStack } from "./support/random-stack.ts";
import { type Compression, type Member, stack } from "./support/stack.ts";

async function flattenedLines(
  layers: readonly (readonly Member[])[],
  compression: Compression,
): Promise<string[]> {
  const room = createScratch();
  const store = createSpool(room);
  try {
    const tree = await mergeLayers(await stack(layers, compression), store);
    const lines: string[] = [];
    for (const entry of tree.entries()) {
      const { path, type, mode, uid, gid, mtime, linkpath, linkTo } = entry;
      if (path === "") continue;
      const text = await collectStream(store.open(entry), 1 << 20, path);
      const linked = linkTo === undefined ? "" : ` = ${linkTo}`;
      const owner = `${mode.toString(8)} ${uid}:${gid} ${mtime}`;
      lines.push(`${path} ${owner} ${type} ${linkpath}${text}${linked}`);
    }
    return lines;
  } finally {
    await store[Symbol.asyncDispose]();
    await room[Symbol.asyncDispose]();
  }
}

describe("random stacks of layers", () => {
  it.each([0, 1000, 2000])("show what the rules say (from seed %i)", async (from) => {
    for (let seed = from; seed < from + 150; seed++) {
      const layers = someStack(random(seed));
      let expected: string[];
      try {
        expected = modelled(layers);
      } catch {
        continue;
      }
      const compression = (["none", "gzip", "zstd"] as const)[seed % 3]!;
      expect({ seed, layers, lines: await flattenedLines(layers, compression) }).toEqual({
        seed,
        layers,
        lines: expected,
      });
    }
  });
});
