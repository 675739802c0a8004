import { describe, expect, it } from "vitest";
import {
  algorithmOf,
  createHasher,
  digestOf,
  encodedOf,
  isDigest,
  parseDigest,
} from "../../src/bytes/digest.ts";

// FIPS 180-4's own examples.
const ABC256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const ABC512 = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

describe("digests", () => {
  it("are of the bytes", () => {
    expect(digestOf(Buffer.from("abc"))).toBe(`sha256:${ABC256}`);
    for (const [algorithm, hex] of [["sha256", ABC256], ["sha512", ABC512]] as const) {
      const hash = createHasher(algorithm);
      hash.update(Buffer.from("a"));
      hash.update(Buffer.from("bc"));
      expect(hash.digest()).toBe(`${algorithm}:${hex}`);
    }
  });

  it("come apart into algorithm and hex", () => {
    expect(algorithmOf(`sha512:${ABC512}`)).toBe("sha512");
    expect(algorithmOf(`sha256:${ABC256}`)).toBe("sha256");
    expect(encodedOf(`sha512:${ABC512}`)).toBe(ABC512);
  });

  it.each([`sha256:${ABC256}`, `sha512:${ABC512}`])("are taken when they are whole: %s", (text) => {
    expect(isDigest(text)).toBe(true);
    expect(parseDigest(text)).toBe(text);
  });

  it.each([
    "",
    "sha256:",
    ABC256,
    `sha256:${ABC256.slice(1)}`,
    `sha256:${ABC256}0`,
    `sha256:${ABC256.toUpperCase()}`,
    `SHA256:${ABC256}`,
    `sha512:${ABC256}`,
    `sha256:${ABC512}`,
    `md5:${ABC256}`,
    `sha256:${ABC256}\n`,
    ` sha256:${ABC256}`,
    `sha256:../${ABC256.slice(3)}`,
  ])("are refused when they are not what they should be: %j", (text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: "MALFORMED" }));
  });

  it.each([undefined, null, 1, {}, [`sha256:${ABC256}`]])("are text: %j is none", (value) => {
    expect(isDigest(value)).toBe(false);
  });
});
