/** The walk of a reference, from the command line to the bytes of a layer: it must not grow again. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { copy } from "../src/copy/copy.ts";
import { createMemoryStorage, serveRegistry } from "../src/serve/mod.ts";
import { openSink } from "../transports/mod.ts";
import { image, sourceOf } from "./support/images.ts";
import { temporaryFolder } from "./support/folder.ts";
import { traceWalk } from "./support/walk/trace.ts";

/** The functions that get the reference, or what it is part of, as an argument. Lower it when you can. */
const CEILING = 27;
const ROOMS = 13;

/** The times that the walk goes up, to a room that may use the one before. */
const CLIMBS = 4;

/** The rooms on the way, lowest first. */
const ORDER = [
  "src/base",
  "src/image",
  "transports/lib",
  "transports/registry",
  "transports",
  "src/copy",
  "src/cli/kit",
  "src/cli/delivery",
  "src/cli/verbs",
  "src/cli",
];

function rankOf(room: string): number {
  const [within] = ORDER.filter((each) => `${room}/`.startsWith(`${each}/`))
    .sort((a, b) => b.length - a.length);
  if (within === undefined) throw new Error(`${room} is in no room that this test knows`);
  return ORDER.indexOf(within);
}

const MARK = "zzmark";
const hasNode = existsSync(fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url)));

it.skipIf(!hasNode)("takes a reference through few functions and rooms", async () => {
  const registry = await serveRegistry(createMemoryStorage());
  const folder = await temporaryFolder();
  const name = `registry:${registry.host}/${MARK}/app:v1`;
  try {
    const to = await openSink(name);
    await copy(sourceOf({ it: await image() }), to);
    await to[Symbol.asyncDispose]();
    const words = ["copy", name, `oci-dir:${join(folder, "out")}`, "--progress", "none"];
    const walk = await traceWalk(words, MARK, join(folder, "walk"));
    expect(walk).toContain("transports/registry/read/blob.ts pourBlob");
    expect(walk.length, walk.join("\n")).toBeLessThanOrEqual(CEILING);
    const rooms = walk.map((stop) => stop.slice(0, stop.lastIndexOf("/")));
    expect(new Set(rooms).size, [...new Set(rooms)].join("\n")).toBeLessThanOrEqual(ROOMS);
    const ranks = rooms.map(rankOf);
    const climbs = walk.filter((_, i) => i > 0 && ranks[i]! > ranks[i - 1]!);
    expect(climbs.length, climbs.join("\n")).toBeLessThanOrEqual(CLIMBS);
  } finally {
    await registry[Symbol.asyncDispose]();
  }
});
