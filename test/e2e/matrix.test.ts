/** Every image of every maker, from every place to every place: what must stay the same, does. */
import { describe, expect, test } from "vitest";
import { copy } from "../../src/copy.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { canMake, MAKERS } from "./support/images/mod.ts";
import type { Maker } from "./support/images/sample.ts";
import { lacks, need, peers } from "./support/peers.ts";
import { type Facts, factsOf, type Place, PLACES, seed, type Spot } from "./support/places.ts";

const IMAGES = MAKERS.filter(({ kind }) => kind === "image");

/** Every ordered pair of places that the image can begin in. */
function pairsFor({ ociOnly }: Maker): { from: Place; to: Place }[] {
  const begins = PLACES.filter(({ keepsManifest }) => keepsManifest || !ociOnly);
  return begins.flatMap((from) => PLACES.map((to) => ({ from, to })));
}

/** An image that skopeo has put somewhere, and what it is there. */
interface Seeded {
  readonly spot: Spot;
  readonly facts: Facts;
}

const seeds = new Map<string, Promise<Seeded>>();

/** Puts the image into the place when it is first asked for. */
function seeded(image: string, place: Place): Promise<Seeded> {
  const key = `${image} in ${place.name}`;
  const made = seeds.get(key) ?? (async () => {
    const sample = need(peers.samples.find(({ name }) => name === image), image);
    const spot = place.spot();
    await seed(sample.origin, spot);
    return { spot, facts: await factsOf(spot) };
  })();
  seeds.set(key, made);
  return made;
}

describe.for(IMAGES)("an image by $name", (maker) => {
  const { name, needs } = maker;
  test.for(pairsFor(maker))("from $from.name to $to.name", async ({ from, to }, { skip }) => {
    const parts = ["skopeo", ...needs, ...from.needs, ...to.needs] as const;
    if (lacks(...parts)) skip(`needs ${[...new Set(parts)].join(", ")}`);
    const { spot, facts } = await seeded(name, from);
    const target = to.spot();

    const digest = await copyBetween(spot, target);

    const got = await factsOf(target);
    expect(got).toMatchObject({ config: facts.config, diffIds: facts.diffIds });
    if (to.keepsManifest) expect(digest).toBe(got.manifest);
    if (to.keepsManifest && from.keepsManifest) expect(got.manifest).toBe(facts.manifest);
  });
});

test("some image can be made on a machine with all parts", ({ skip }) => {
  if (lacks("docker")) skip("needs docker");
  expect(IMAGES.filter((maker) => canMake(maker, peers.missing))).not.toEqual([]);
});

/** The digest that the copy reports. */
async function copyBetween(from: Spot, to: Spot): Promise<string | undefined> {
  const source = await openSource(from.reference, from.options);
  try {
    const sink = await openSink(to.reference, to.options);
    try {
      return (await copy(source, sink)).images[0]?.descriptor.digest;
    } finally {
      await sink[Symbol.asyncDispose]();
    }
  } finally {
    await source[Symbol.asyncDispose]();
  }
}
