import { describe, expect, it } from "vitest";
import { decodeName, encodeName, quoteName } from "../../src/tar/name.ts";
import { hasPython, python } from "./support/oracles.ts";
import { random } from "./support/random.ts";

describe("names", () => {
  it("are UTF-8 where they can be", () => {
    expect(decodeName(Buffer.from("grüße/\u{1f600}"))).toBe("grüße/\u{1f600}");
    expect(decodeName(Buffer.from("\ufeffbom"))).toBe("\ufeffbom");
    expect(encodeName("grüße")).toEqual(Buffer.from("grüße"));
  });

  it("keep bytes that are not UTF-8 as lone surrogates", () => {
    expect(decodeName(Buffer.from([0x61, 0xff, 0xc3]))).toBe("a\udcff\udcc3");
    // A surrogate in UTF-8, and an overlong slash, are not UTF-8.
    expect(decodeName(Buffer.from([0xed, 0xb2, 0x80]))).toBe("\udced\udcb2\udc80");
    expect(decodeName(Buffer.from([0xc0, 0xaf]))).toBe("\udcc0\udcaf");
    expect(encodeName("a\udcff\udcc3")).toEqual(Buffer.from([0x61, 0xff, 0xc3]));
  });

  it("refuse surrogates that stand for no byte", () => {
    expect(() => encodeName("a\ud800")).toThrow(expect.objectContaining({ code: "MALFORMED" }));
    expect(() => encodeName("a\udc7f")).toThrow(expect.objectContaining({ code: "MALFORMED" }));
  });

  it("come back as the bytes that they were", () => {
    for (const name of someNames()) expect(encodeName(decodeName(name))).toEqual(name);
  });

  it.skipIf(!hasPython)("are what Python's surrogateescape makes of them", () => {
    const names = someNames();
    const script = `import json, sys
print(json.dumps([bytes.fromhex(n).decode("utf8", "surrogateescape") for n in sys.stdin.read().split(",")]))`;
    const hex = names.map((name) => name.toString("hex")).join(",");
    expect(names.map(decodeName)).toEqual(JSON.parse(python(script, Buffer.from(hex)).toString()));
  });

  it("are quoted so that no terminal obeys them", () => {
    expect(quoteName("a\x1b[31m\nb\x9b\u202e\udcff")).toBe(
      '"a\\u001b[31m\\nb\\u{9b}\\u{202e}\\udcff"',
    );
    expect(quoteName("n".repeat(5000)).length).toBeLessThan(210);
  });
});

/** Bytes that are UTF-8 here and there, broken in all places. */
function someNames(): Buffer[] {
  const { below, bytes, pick } = random(1);
  return Array.from({ length: 500 }, () => {
    const parts = Array.from({ length: 1 + below(6) }, () => {
      const good = Buffer.from(pick(["a", "é", "€", "\u{1f600}", "\u{10ffff}", "\ufeff"]));
      return pick([good, good, good.subarray(0, good.length - 1), bytes(below(4))]);
    });
    return Buffer.concat([Buffer.from("x"), ...parts]);
  });
}
