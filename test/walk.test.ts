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
const CEILING = 48;
const ROOMS = 14;

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
    expect(walk).toContain("transports/registry/read/blob.ts readBlob");
    expect(walk.length, walk.join("\n")).toBeLessThanOrEqual(CEILING);
    const rooms = new Set(walk.map((stop) => stop.slice(0, stop.lastIndexOf("/"))));
    expect(rooms.size, [...rooms].join("\n")).toBeLessThanOrEqual(ROOMS);
  } finally {
    await registry[Symbol.asyncDispose]();
  }
});
