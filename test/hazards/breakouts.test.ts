/** The ways out of a folder that containerd and Docker have been attacked by, or try themselves. */
import { describe, expect, it } from "vitest";
import { archive } from "../tar/support/raw.ts";
import { CONTAINERD, MOBY } from "./support/breakouts.ts";
import { resultOf } from "./support/forms.ts";

describe.each([["containerd", CONTAINERD], ["Docker", MOBY]] as const)("from %s:", (_, cases) => {
  for (const [name, layers, shows, lacks] of cases) {
    it(name, async () => {
      const shown = await resultOf(layers.map((members) => archive(...members)));
      if (shows === "refused") expect(shown).toBeUndefined();
      else expect(shown).toMatchObject(shows);
      if (lacks) expect(Object.keys(shown!)).not.toContain(lacks);
    });
  }
});
