/** Every image of every maker, from every place to every place: what must stay the same, does. */
import { describe, expect, test } from "vitest";
import { copyBetween, seeded } from "./support/copying.ts";
import { MAKERS } from "./support/images/mod.ts";
import type { Maker } from "./support/images/sample.ts";
import { lacking } from "./support/peers.ts";
import { factsOf, type Place, PLACES } from "./support/places.ts";

const IMAGES = MAKERS.filter(({ kind }) => kind === "image");

/** Every ordered pair of places that the image can begin in. */
function pairsFor({ ociOnly }: Maker): { from: Place; to: Place }[] {
  const begins = PLACES.filter(({ keepsManifest }) => keepsManifest || !ociOnly);
  return begins.flatMap((from) => PLACES.map((to) => ({ from, to })));
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
