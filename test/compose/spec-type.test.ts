/** The type of a SPEC that is written out is what the schema takes, to the letter. */
import { readFileSync } from "node:fs";
import type * as z from "zod/mini";
import { expect, expectTypeOf, it } from "vitest";
import type { Spec, specSchema } from "../../src/compose/spec/spec.ts";
import { createSpecType } from "../../tools/spec-type.ts";

type Asked = z.infer<typeof specSchema>;

it("is what the schema takes", () => {
  // The compiler holds it to this, by `npm run check`.
  expectTypeOf<Asked>().toExtend<Spec>();
  expectTypeOf<Spec>().toExtend<Asked>();
  expectTypeOf<keyof Spec>().toEqualTypeOf<keyof Asked>();
});

it("was written from the fields that there are", () => {
  const file = new URL("../../src/compose/spec/type.ts", import.meta.url);
  const bare = (text: string) => text.replaceAll(/[\s|,()]+/g, "");
  expect(bare(readFileSync(file, "utf8"))).toBe(bare(createSpecType()));
});
