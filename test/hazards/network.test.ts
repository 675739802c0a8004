/**
 * The fault plan: each request of a pull and of a push goes wrong once, in each way. The copy is right
 * then, or fails in our words and publishes nothing; where the fault passes, it is right.
 */
import { describe, expect, it } from "vitest";
import { NixociError } from "../../src/base/errors.ts";
import { copy } from "../../src/copy/copy.ts";
import { readContent } from "../../src/image/content.ts";
import type { Image, Root } from "../../src/image/root.ts";
import type { Source } from "../../src/image/source.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { type Fault, type RegistryServer, startRegistry } from "../support/registry-server.ts";
import { image, sourceOf } from "../support/images.ts";
import { asImage, seedImage, sinkAt, sourceAt, testWorld } from "../transports/registry/setup.ts";

/** The time without a byte after which a server is given up, in milliseconds. */
const PATIENCE = 500;

/** Faults, and whether they pass: the next try finds nothing of them. */
const FAULTS: readonly (readonly [name: string, fault: Fault, passes: boolean])[] = [
  ["the connection breaks before the answer", { reset: true }, true],
  ["the connection breaks where the answer would be", { forget: true }, true],
  ["the answer breaks off after a byte", { resetAfter: 1 }, true],
  ["500", { answer: { status: 500 } }, true],
  ["502 with a page", { answer: { status: 502, body: "<html>bad gateway</html>" } }, true],
  ["503", { answer: { status: 503, headers: { "retry-after": "0" } } }, true],
  ["429", { answer: { status: 429, headers: { "retry-after": "1" } } }, true],
  ["403", { answer: { status: 403 } }, false],
  ["404", { answer: { status: 404 } }, false],
  ["200 with other bytes", { answer: { status: 200, body: "other bytes" } }, false],
  ["206 that nobody asked for", { status: 206 }, false],
  ["416", { answer: { status: 416 } }, false],
  ["a redirect to nowhere", {
    answer: { status: 307, headers: { location: "http://127.0.0.1:1/" } },
  }, false],
  ["a length that is a lie", { headers: { "content-length": "7" } }, false],
  ["an upload of which ten bytes are kept", { accept: 10 }, false],
  ["an upload that is cut", { cutAfter: 10 }, true],
];

/** Ways of an image of two layers, and how many requests it takes. */
const WAYS: readonly {
  readonly way: string;
  readonly run: (seed: Image, spoiling?: Spoiling) => Promise<Run>;
  readonly requests: number;
}[] = [
  { way: "pull", run: runPull, requests: 4 },
  { way: "push", run: runPush, requests: 12 },
];

interface Spoiling {
  readonly at: number;
  readonly fault: Fault;
}

/** What came of a copy: the failure, if it failed, and what is at the destination. */
interface Run {
  readonly requests: number;
  readonly error: unknown;
  readonly stored: Root | undefined;
}

describe.each(WAYS)("$way", ({ run, requests }) => {
  it("is right without a fault", async () => {
    const seed = await createSeed();
    const { error, stored, ...asked } = await run(seed);
    expect(error).toBeUndefined();
    expect(asked).toEqual({ requests });
    await expectWhole(stored!, seed);
  });

  const places = Array.from({ length: requests }, (_, i) => i + 1);

  describe.each(FAULTS)("is right or fails cleanly: %s,", (_fault, fault, passes) => {
    it.each(places)("at request %d", async (at) => {
      const seed = await createSeed();
      const { error, stored } = await run(seed, { at, fault });
      if (passes) expect(error).toBeUndefined();
      if (error !== undefined) expect(error).toBeInstanceOf(NixociError);
      if (stored !== undefined) await expectWhole(stored, seed);
      else expect(error).toBeDefined();
    });
  });
});

describe("a tag that moves in the middle of a pull", () => {
  it.each([1, 2, 3])("leads to one of both, whole, from request %d on", async (at) => {
    const [first, second] = [await createSeed(), await image({ layers: [{ c: "three" }] })];
    const { registry } = await startSpoilt(undefined);
    await seedImage(registry, "app", "v1", second);
    await seedImage(registry, "app", "v1", first);
    let count = 0;
    registry.onRequest = () => {
      const digest = (++count > at ? second : first).manifest.descriptor.digest;
      registry.repository("app").tags.set("v1", digest);
      return undefined;
    };
    const place = `memory:hazards-${runs++}`;
    expect(await runCopy(await sourceAt(`${registry.host}/app:v1`), place)).toBeUndefined();
    const stored = (await resolveAt(await openSource(place)))!;
    const isSecond = stored.manifest.descriptor.digest === second.manifest.descriptor.digest;
    await expectWhole(stored, isSecond ? second : first);
  });
});

function createSeed(): Promise<Image> {
  return image({ layers: [{ a: "one".repeat(9000) }, { b: "two".repeat(9000) }] });
}

let runs = 0;

async function runPull(seed: Image, spoiling?: Spoiling): Promise<Run> {
  const { registry, requests } = await startSpoilt(spoiling);
  await seedImage(registry, "app", "v1", seed);
  const place = `memory:hazards-${runs++}`;
  const world = await testWorld({ patience: PATIENCE });
  const source = await sourceAt(`${registry.host}/app:v1`, {}, world);
  const error = await runCopy(source, place);
  return { requests: requests(), error, stored: await resolveAt(await openSource(place)) };
}

async function runPush(seed: Image, spoiling?: Spoiling): Promise<Run> {
  const { registry, requests } = await startSpoilt(spoiling);
  const to = await sinkAt(`${registry.host}/app:v1`, {}, await testWorld({ patience: PATIENCE }));
  const error = await copy(sourceOf({ it: seed }), to).then(() => undefined, (error) => error);
  const asked = requests();
  registry.onRequest = undefined;
  return {
    requests: asked,
    error,
    stored: await resolveAt(await sourceAt(`${registry.host}/app:v1`)),
  };
}

async function startSpoilt(spoiling: Spoiling | undefined) {
  const registry: RegistryServer = await startRegistry();
  let count = 0;
  registry.onRequest = () => ++count === spoiling?.at ? spoiling.fault : undefined;
  return { registry, requests: () => count };
}

async function runCopy(from: Source, place: string): Promise<unknown> {
  await using to = await openSink(place);
  return await copy(from, to).then(() => undefined, (error) => error);
}

async function resolveAt(source: Source): Promise<Root | undefined> {
  try {
    return await source.resolve();
  } catch (error) {
    if (error instanceof NixociError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** Reads everything, which verifies it, and compares it with what should be there. */
async function expectWhole(stored: Root, seed: Image): Promise<void> {
  const { manifest, config, layers } = asImage(stored);
  expect(manifest.descriptor.digest).toBe(seed.manifest.descriptor.digest);
  for (const content of [config, ...layers]) await readContent(content, 1 << 20);
}
