/** Sources are what the oldest Node that package.json allows can parse. */
import { expect, it } from "vitest";
import { readTexts } from "./support/words.ts";

/** Node 22 has `Symbol.dispose`, but not the declarations: `useResources` takes their place. */
const USING = /^\s*(?:await )?using \w+ =/m;

it("no source declares with using", () => {
  const sources = [...readTexts(["src", "transports"], ".ts"), ...readTexts(["bin"], ".js")];
  expect(sources.length).toBeGreaterThan(100);
  const comments = /\/\*\*[\s\S]*?\*\//g;
  const found = sources.filter(([, text]) => USING.test(text.replace(comments, "")));
  expect(found.map(([file]) => file)).toEqual([]);
  expect(USING.test("  await using handle = await open()")).toBe(true);
});
