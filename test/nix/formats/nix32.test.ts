import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { formatNix32, nix32LengthOf, parseNix32 } from "../../../src/nix/formats/nix32.ts";

// What nix-hash --to-base32 (2.8) prints for the hashes of "abc".
const GOLDEN = [
  ["900150983cd24fb0d6963f7d28e17f72", "3jgzhjhz9zjvbb0kyj7jc500ch"],
  ["a9993e364706816aba3e25717850c26c9cd0d89d", "kpcd173cq987hw957sx6m0868wv3x6d9"],
  [
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s",
  ],
] as const;

describe("Nix's base 32", () => {
  it.each(GOLDEN)("is nix-hash's: %s", (hex, text) => {
    expect(formatNix32(Buffer.from(hex, "hex"))).toBe(text);
    expect(parseNix32(text).toString("hex")).toBe(hex);
  });

  it("comes back as it was, whatever the length", () => {
    for (let length = 0; length < 80; length++) {
      const bytes = randomBytes(length);
      const text = formatNix32(bytes);
      expect(text).toHaveLength(nix32LengthOf(length));
      expect(text).toMatch(/^[0-9a-df-np-sv-z]*$/);
      expect(parseNix32(text).equals(bytes)).toBe(true);
    }
  });

  it("has one text for bytes, and no other", () => {
    const digits = "0123456789abcdfghijklmnpqrsvwxyz";
    let taken = 0;
    // Two digits hold a byte and two bits more, which have to be nought.
    for (const first of digits) {
      for (const second of digits) {
        try {
          expect(formatNix32(parseNix32(first + second))).toBe(first + second);
          taken++;
        } catch (error) {
          expect(error).toMatchObject({ code: "MALFORMED" });
        }
      }
    }
    expect(taken).toBe(256);
  });

  it.each(["e", "0o", "0u", "0t", "0A", "0 ", "0-", "z", "zz", "000", "1b8m03r6\n"])(
    "refuses %j",
    (text) => {
      expect(() => parseNix32(text)).toThrow(expect.objectContaining({ code: "MALFORMED" }));
    },
  );
});
