import { describe, expect, it } from "vitest";
import {
  findStorePaths,
  isStorePath,
  parseStorePath,
  storePathOf,
} from "../../../src/nix/formats/store-path.ts";

const HASH = "7rjj86p0y2jypxym9nmw49y95nb0c5wa";
const HELLO = `/nix/store/${HASH}-hello-2.12.1`;

describe("store paths", () => {
  it("come apart into hash and name", () => {
    expect(parseStorePath(HELLO)).toEqual({ path: HELLO, hash: HASH, name: "hello-2.12.1" });
  });

  it.each(["a", "a-b", "+-._?=", "0AZaz9", ".hidden", "...", "a".repeat(211), "hello.drv"])(
    "have names: %s",
    (name) => expect(isStorePath(`/nix/store/${HASH}-${name}`)).toBe(true),
  );

  it("lie in other stores, if these are named", () => {
    const path = `/gnu/store/${HASH}-hello`;
    expect(parseStorePath(path, "/gnu/store").name).toBe("hello");
    expect(isStorePath(path)).toBe(false);
    expect(isStorePath(HELLO, "/gnu/store")).toBe(false);
  });

  it.each([
    ["", "it is not in /nix/store"],
    ["/nix/store", "it is not in /nix/store"],
    ["/usr/bin/hello", "it is not in /nix/store"],
    [`/nix/storehouse/${HASH}-hello`, "it is not in /nix/store"],
    [`nix/store/${HASH}-hello`, "it is not in /nix/store"],
    ["/nix/store/", "it does not begin with a hash and a dash"],
    ["/nix/store/.links", "it does not begin with a hash and a dash"],
    [`/nix/store/${HASH}`, "it does not begin with a hash and a dash"],
    [`/nix/store/${HASH.slice(1)}-hello`, "it does not begin with a hash and a dash"],
    [`/nix/store/${HASH.replace("7", "e")}-hello`, "it does not begin with a hash and a dash"],
    [`/nix/store/${HASH.toUpperCase()}-hello`, "it does not begin with a hash and a dash"],
    [`/nix/store/${HASH}-`, "it has no name"],
    [`/nix/store/${HASH}-.`, "its name begins with dots"],
    [`/nix/store/${HASH}-..`, "its name begins with dots"],
    [`/nix/store/${HASH}-..-a`, "its name begins with dots"],
    [`/nix/store/${HASH}-${"a".repeat(212)}`, "its name has 212 characters, and 211 are allowed"],
    [`${HELLO}/bin/hello`, "it lies below one"],
    [`/nix/store/../${HASH}-hello`, "it lies below one"],
    [`${HELLO} `, "its name has characters other than letters, digits and + - . _ ? ="],
    [`${HELLO}\n`, "its name has characters other than letters, digits and + - . _ ? ="],
    [`${HELLO}ü`, "its name has characters other than letters, digits and + - . _ ? ="],
  ])("are refused when they are none: %j", (text, why) => {
    expect(isStorePath(text)).toBe(false);
    expect(() => parseStorePath(text)).toThrow(expect.objectContaining({
      code: "MALFORMED",
      message: `${JSON.stringify(text)} is not a store path: ${why}`,
    }));
  });

  it("are found above a file", () => {
    expect(storePathOf(`${HELLO}/bin/hello`)).toBe(HELLO);
    expect(storePathOf(`${HELLO}/`)).toBe(HELLO);
    expect(storePathOf(HELLO)).toBe(HELLO);
    expect(() => storePathOf("/tmp/hello")).toThrow("it is not in /nix/store");
    expect(() => storePathOf(`/nix/store/../${HASH}-x`)).toThrow("is not a store path");
  });
});

describe("store paths in a text", () => {
  const B = `/nix/store/${HASH.replaceAll("7", "b")}-b`;

  it("are found wherever they are, each once, in order", () => {
    const config = {
      Env: [`PATH=${HELLO}/bin:${B}/bin`, `X=${B}`],
      Cmd: [`${HELLO}/bin/hello`, `--lib=${HELLO}`, "/nix/store", "/nix/store/tooshort-x"],
      Labels: { [`${HELLO}`]: "/tmp/root" + B },
    };
    expect(findStorePaths(JSON.stringify(config)).map(({ path }) => path)).toEqual([HELLO, B]);
  });

  it("come apart", () => {
    expect(findStorePaths(`"${HELLO}"`)).toEqual([parseStorePath(HELLO)]);
  });

  it("are of the store that is named", () => {
    const text = `${HELLO} /gnu.store/${HASH}-guile /gnu-store/${HASH}-other`;
    expect(findStorePaths(text, "/gnu.store").map(({ name }) => name)).toEqual(["guile"]);
    expect(findStorePaths("")).toEqual([]);
  });
});
