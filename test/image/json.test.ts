import { describe, expect, it } from "vitest";
import { escapeGoJson } from "../../src/go/json.ts";
import { parseJson } from "../../src/image/json.ts";

const parse = (text: string | Uint8Array): unknown =>
  parseJson(typeof text === "string" ? Buffer.from(text) : text, "the document");

describe("parseJson", () => {
  it("reads JSON", () => {
    expect(parse('{"a":[1,{"b":"\\u00e9\\"}{"}],"c":null}')).toEqual({
      a: [1, { b: 'é"}{' }],
      c: null,
    });
  });

  it.each([
    ["a duplicate key", '{"a":1,"a":1}'],
    ["a duplicate key, written as an escape", '{"\\u0061":1,"a":2}'],
    ["keys that Go would take for one", '{"layers":[],"Layers":[]}'],
    ["the long s, which Go folds to s", '{"layers":[],"layer\u017f":[]}'],
    ["a duplicate key in a list", '[{"x":[{"k":1,"k":2}]}]'],
    ["a duplicate annotation", '{"annotations":{"k":"1","k":"2"}}'],
    ["__proto__", '{"__proto__":{"a":1}}'],
    ["a byte order mark", "\ufeff{}"],
    ["half a document", '{"a":'],
    ["two documents", "{}{}"],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "MALFORMED" }));
  });

  it("refuses what is not UTF-8", () => {
    expect(() => parse(Buffer.from([0x22, 0xff, 0x22]))).toThrow(/not UTF-8/);
  });

  it.each([
    ["labels that differ in case", '{"config":{"Labels":{"Maintainer":"a","maintainer":"b"}}}'],
    ["annotations that differ in case", '{"annotations":{"a":"1","A":"2"}}'],
    ["a key again in another object", '{"a":{"k":1},"b":{"k":1}}'],
    ["text that looks like keys", '{"a":"\\"k\\":1,\\"k\\":2"}'],
  ])("accepts %s", (_, text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it("bounds depth and size, quickly", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(() => parse(deep)).toThrow("the document is nested deeper than 64 levels");
    expect(parse("[".repeat(64) + "]".repeat(64))).toBeInstanceOf(Array);
    expect(() => parse(`"${"x".repeat(5 << 20)}"`)).toThrow(
      expect.objectContaining({ code: "LIMIT" }),
    );
    expect(parse(`{"a":"${"\\n".repeat(2_000_000)}"}`)).toBeTruthy();
    expect(() => parse(`{"a":"${'\\"'.repeat(2_000_000)}`)).toThrow(/JSON/);
  });
});

it("escapes what Go escapes, and nothing else", () => {
  const json = JSON.stringify({ "a<b": "&>\u2028\u2029 é/'" });
  const escaped = String.raw`{"a\u003cb":"\u0026\u003e\u2028\u2029 é/'"}`;
  expect(escapeGoJson(json)).toBe(escaped);
  expect(JSON.parse(escaped)).toEqual(JSON.parse(json));
});
