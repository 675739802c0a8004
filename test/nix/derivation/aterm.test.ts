import { describe, expect, it } from "vitest";
import { formatDerivation } from "../../../src/nix/derivation/aterm/format.ts";
import { parseDerivation } from "../../../src/nix/derivation/aterm/parse.ts";
import { codeOf } from "../../../src/base/errors.ts";
import { DERIVATIONS, derivationWith, FILES, golden, readGolden } from "../support/derivations.ts";

const parse = (text: string) => parseDerivation(Buffer.from(text), "a");

/** The derivation with these texts in the place of its fields. */
function textWith(fields: {
  readonly outputs?: string;
  readonly drvs?: string;
  readonly srcs?: string;
  readonly env?: string;
  readonly end?: string;
}): string {
  const { outputs = "[]", drvs = "[]", srcs = "[]", env = "[]", end = ")" } = fields;
  return `Derive(${outputs},${drvs},${srcs},"x86_64-linux","/bin/sh",["-c"],${env}${end}`;
}

const PATH = `/nix/store/${"a".repeat(32)}-a`;

function failureOf(text: string): { code: unknown; message: string } {
  try {
    parse(text);
  } catch (error) {
    return { code: codeOf(error), message: (error as Error).message };
  }
  return { code: "none", message: "" };
}

describe("a .drv file", () => {
  it.each(FILES)("of Nix is printed back byte for byte: %s", (file) => {
    const bytes = readGolden(file);
    expect(formatDerivation(DERIVATIONS.get(`/nix/store/${file}`)!).equals(bytes)).toBe(true);
  });

  it("has all that Nix put in", () => {
    const { outputs, inputDrvs, inputSrcs, args, env } = golden("gtk+-3.24");
    expect([...outputs.keys()]).toEqual(["man", "out"]);
    expect([...inputDrvs.values()]).toEqual([["out"], ["out"], ["dev"]]);
    expect(inputSrcs).toEqual(["/nix/store/arh7nb86h4wx19as88q85zcl0xm86h1r-source.txt"]);
    expect(args[1]).toContain("printf '%s\n' \"$text\"");
    expect(env.get("text")).toBe('tab\tquote" back\\slash\r\n dollar$ ü x7f');
    expect(env.get("bytes")).toBe("a\udcff\udcfe\udc80z");
    expect(env.get("odd name-ü")).toBe("1");
    expect(env.get("empty")).toBe("");
  });

  it("tells the kinds of outputs apart", () => {
    const kindOf = (name: string) => golden(name).outputs.get("out");
    const hash = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c";
    const [algorithm, method] = ["sha256", "nar"];
    expect(kindOf("tool-1.0")).toMatchObject({ kind: "input-addressed" });
    expect(kindOf("fetched.tar")).toMatchObject({ kind: "fixed", method: "flat", algorithm, hash });
    expect(kindOf("tree")).toMatchObject({ kind: "fixed", method, algorithm, hash });
    expect(kindOf("floating")).toEqual({ kind: "floating", method, algorithm });
    expect(kindOf("impure")).toEqual({ kind: "impure", method, algorithm });
    expect(kindOf("deferred")).toEqual({ kind: "deferred" });
    const text = parse(textWith({ outputs: `[("out","","text:sha256","")]` }));
    expect(text.outputs.get("out")).toEqual({ kind: "floating", method: "text", algorithm });
  });

  it("reads escapes that nobody writes, and writes the usual ones", () => {
    const derivation = parse(textWith({ env: String.raw`[("a","\a\\\"\n\0")]` }));
    expect(derivation.env.get("a")).toBe('a\\"\n0');
    expect(formatDerivation(derivation).toString())
      .toBe(textWith({ env: String.raw`[("a","a\\\"\n0")]` }));
  });

  it("is written in the order of bytes, whatever the order of the value", () => {
    const env = new Map([["\u{1f600}", "1"], ["\ue000", "2"], ["b", "3"], ["B", "4"]]);
    const text = formatDerivation(derivationWith({ env })).toString();
    expect(text).toContain(`[("B","4"),("b","3"),("\ue000","2"),("\u{1f600}","1")]`);
  });

  it.each([
    ["empty", "", "it is empty"],
    ["something else", "#!/bin/sh secret", "it is not a derivation"],
    ["JSON", "{}", "it is not a derivation"],
    ["begun", "Derive([", "it is cut short"],
    ["without an end", textWith({ end: "" }), "it is cut short"],
    [
      "with more fields",
      textWith({ end: ',["secret"])' }),
      "byte 50 is not ), which should come there",
    ],
    [
      "followed by something",
      textWith({ end: ")secret" }),
      "something follows its end, at byte 51",
    ],
    ["with a list that has no items", textWith({ srcs: "[,]" }), 'byte 14 is not ", which should'],
    ["with a path elsewhere", textWith({ srcs: '["/etc/x"]' }), "not a store path of /nix/store"],
    ["with an input of no kind", textWith({ drvs: `[("${PATH}",["out"])]` }), "not a derivation"],
    ["with a variable twice", textWith({ env: '[("a",""),("a","")]' }), "the same variable twice"],
    [
      "with a hash of no length",
      textWith({ outputs: `[("out","${PATH}","sha256","ab")]` }),
      "not one of sha256",
    ],
    [
      "with an unknown algorithm",
      textWith({ outputs: '[("out","","r:crc","")]' }),
      "an algorithm that is not known",
    ],
    [
      "with an unknown method",
      textWith({ outputs: '[("out","","x:sha256","")]' }),
      "in a way that is not known",
    ],
    [
      "with a floating path",
      textWith({ outputs: `[("out","${PATH}","sha256","")]` }),
      "has a path that its content",
    ],
    ["with a hash of nothing", textWith({ outputs: '[("out","","","ab")]' }), "not its algorithm"],
  ])("is refused when it is %s", (_, text, message) => {
    const failure = failureOf(text);
    expect(failure.code).toBe("MALFORMED");
    expect(failure.message).toContain(message);
    expect(failure.message).not.toContain("secret");
  });

  it("is refused wherever it is cut", () => {
    const whole = formatDerivation(golden("gtk+-3.24"));
    for (let length = 1; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      expect(() => parseDerivation(cut, "a"), String(length)).toThrow("it is cut short");
    }
  });

  it("that is dynamic is refused, by the derivation that makes another", () => {
    const drv = `${PATH}.drv`;
    const head = 'DrvWithVersion("xp-dyn-drv",[],';
    const failure = failureOf(`${head}[("${drv}",(["out"],[("out",["dev"])]))],[],"","",[],[])`);
    expect(failure.code).toBe("UNSUPPORTED");
    expect(failure.message).toBe(
      `it is a dynamic derivation: an input comes from a derivation that ${drv} makes`,
    );
    expect(failureOf('DrvWithVersion("2",[],[],[],"","",[],[])').message)
      .toBe('it has the format "2", which is not known');
    expect(parse(`${head}[("${drv}",["out"])],[],"","",[],[])`).inputDrvs.get(drv)).toEqual([
      "out",
    ]);
  });

  it("may name the paths of another store", () => {
    const text = `Derive([],[],["/gnu/store/${"a".repeat(32)}-a"],"","",[],[])`;
    expect(parseDerivation(Buffer.from(text), "a", "/gnu/store").inputSrcs).toHaveLength(1);
  });
});
