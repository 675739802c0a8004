/**
 * Images of every maker, between places: what must stay the same, does. Each maker's image begins and ends
 * in every place; by one maker or another, every place is copied to from every place.
 */
import { describe, expect, test } from "vitest";
import { copyBetween, seeded } from "./support/copying.ts";
import { MAKERS } from "./support/images/mod.ts";
import type { Maker } from "./support/images/sample.ts";
import { lacking } from "./support/peers.ts";
import { factsOf, type Place, PLACES } from "./support/places.ts";

const IMAGES = MAKERS.filter(({ kind }) => kind === "image");

/**
 * The pairs for a maker's image: every place is an end of two, and a beginning where the image can begin
 * in it. Of three makers that follow each other, all pairs are others.
 */
function pairsFor(maker: Maker): { from: Place; to: Place }[] {
  const begins = PLACES.filter(({ keepsManifest }) => keepsManifest || !maker.ociOnly);
  const first = 2 * IMAGES.indexOf(maker);
  return PLACES.flatMap((to, i) =>
    [first, first + 1].map((shift) => ({ from: begins[(i + shift) % begins.length]!, to }))
  );
}

describe.for(IMAGES)("an image by $name", (maker) => {
  test.for(pairsFor(maker))("from $from.name to $to.name", async ({ from, to }, { skip }) => {
    const absent = lacking("skopeo", maker, from, to);
    if (absent.length > 0) skip(`needs ${absent.join(", ")}`);
    const { spot, facts } = await seeded(maker, from);
    const target = to.spot();

    const { images: [copied] } = await copyBetween(spot, target);

    const got = await factsOf(target);
    expect(got).toMatchObject({ config: facts.config, diffIds: facts.diffIds });
    if (to.keepsManifest) expect(copied?.descriptor.digest).toBe(got.manifest);
    if (to.keepsManifest && from.keepsManifest) expect(got.manifest).toBe(facts.manifest);
  });
});
