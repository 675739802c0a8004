import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../../src/bytes/digest.ts";
import { formatHash, type HashFormat, parseHash } from "../../../src/nix/formats/hash.ts";

// Of no bytes at all, as nix-hash and nix hash to-sri (2.8) print it.
const HEX = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const NIX32 = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";
const BASE64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const DIGEST = `sha256:${HEX}` as const;

const HEX512 = createHash("sha512").digest("hex");
const NIX32_512 = "0zdl9zrg8r3i9c1g90lgg9ip5ijzv3yhz91i0zzn3r8ap9ws784gkp9dk9j3aglhgf1amqb0pj21" +
  "mh7h1nxcl18akqvvf7ggqsy30yg";
const BASE64_512 = "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGl" +
  "ODJ6+SfaPg==";

describe("hashes", () => {
  it.each([
    `sha256-${BASE64}`,
    `sha256:${HEX}`,
    `sha256:${HEX.toUpperCase()}`,
    `sha256:${NIX32}`,
    `sha256:${BASE64}`,
    HEX,
    NIX32,
    BASE64,
  ])("are read in each of Nix's forms: %s", (text) => {
    expect(parseHash(text)).toBe(DIGEST);
  });

  it.each([
    `sha512-${BASE64_512}`,
    `sha512:${HEX512}`,
    `sha512:${NIX32_512}`,
    `sha512:${BASE64_512}`,
    HEX512,
    NIX32_512,
    BASE64_512,
  ])("are read of sha512 too: %s", (text) => {
    expect(parseHash(text)).toBe(`sha512:${HEX512}`);
  });

  it("are written in each of Nix's forms", () => {
    expect(formatHash(DIGEST, "sri")).toBe(`sha256-${BASE64}`);
    expect(formatHash(DIGEST, "base16")).toBe(HEX);
    expect(formatHash(DIGEST, "nix32")).toBe(NIX32);
    expect(formatHash(DIGEST, "base64")).toBe(BASE64);
    expect(formatHash(`sha512:${HEX512}`, "sri")).toBe(`sha512-${BASE64_512}`);
    expect(formatHash(`sha512:${HEX512}`, "nix32")).toBe(NIX32_512);
  });

  it("come back from each form as they were", () => {
    const forms: HashFormat[] = ["sri", "base16", "nix32", "base64"];
    for (let round = 0; round < 50; round++) {
      const bytes = randomBytes(round);
      const long = `sha512:${createHash("sha512").update(bytes).digest("hex")}` as const;
      for (const digest of [digestOf(bytes), long]) {
        for (const form of forms) expect(parseHash(formatHash(digest, form))).toBe(digest);
      }
    }
  });

  it.each([
    ["", "no hash has 0 digits in any base"],
    ["hello", "no hash has 5 digits in any base"],
    [`sha256:${HEX.slice(1)}`, "sha256 does not have 63 digits in any base"],
    [`sha256:${HEX512}`, "sha256 does not have 128 digits in any base"],
    [`sha256-${HEX}`, "sha256 has 44 digits in base 64, not 64"],
    [`sha512-${BASE64}`, "sha512 has 88 digits in base 64, not 44"],
    [`SHA256:${HEX}`, "SHA256 is not an algorithm"],
    [`:${HEX}`, "no algorithm is named"],
    [`sha256:${HEX.replace("e", "g")}`, "it is as long as base 16, but has other digits"],
    [NIX32.replace("m", "e"), "it is as long as Nix's base 32, but has other digits"],
    [`z${NIX32.slice(1)}`, "it is as long as Nix's base 32, but has other digits"],
    [`sha256-${BASE64.replace("+", "-")}`, "it is as long as base 64, but has other digits"],
    [`sha256-${BASE64.replace("U=", "V=")}`, "it is as long as base 64, but has other digits"],
    [`sha256-${BASE64.slice(0, -1)} `, "it is as long as base 64, but has other digits"],
  ])("are refused when they are none: %j", (text, why) => {
    expect(() => parseHash(text)).toThrow(
      expect.objectContaining({
        code: "MALFORMED",
        message: `${JSON.stringify(text)} is not a hash: ${why}`,
        hint: expect.stringContaining("sha256-"),
      }),
    );
  });

  it("are of algorithms that images know", () => {
    for (const text of ["md5-1B2M2Y8AsgTpgAmY7PhCfg==", "sha1:kpcd173cq987hw957sx6m0868wv3x6d9"]) {
      expect(() => parseHash(text)).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
    }
  });

  it("that are far too long are not repeated in full", () => {
    const message = (() => {
      try {
        parseHash("x".repeat(100_000));
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(message!.length).toBeLessThan(300);
  });
});
