import { describe, expect, it } from "vitest";
import { parseDerivationOutputs } from "../../../src/nix/formats/derivation.ts";

const PATH = `/nix/store/${"a".repeat(32)}-hello`;

describe("the outputs of a derivation", () => {
  it("are read with their paths", () => {
    const text = `Derive([("dev","${PATH}-dev","",""),("out","${PATH}","sha256","00")],` +
      `[("/nix/store/x.drv",["out"])],[],"x86_64-linux","/bin/sh",[],[("out","${PATH}")])`;
    expect(parseDerivationOutputs(text)).toEqual([
      { id: "dev", path: `${PATH}-dev` },
      { id: "out", path: PATH },
    ]);
  });

  it("are read of later versions, too", () => {
    const text = `DrvWithVersion("xp-dyn-drv",[("out","${PATH}","","")],[],[],"x","y",[],[])`;
    expect(parseDerivationOutputs(text)).toEqual([{ id: "out", path: PATH }]);
  });

  it("are none where nothing says their paths before they are built", () => {
    expect(parseDerivationOutputs('Derive([("out","","r:sha256","")],[],[],"","",[],[])')).toEqual(
      [],
    );
    expect(parseDerivationOutputs('Derive([],[],[],"","",[],[])')).toEqual([]);
  });

  it("may have quotes in their names", () => {
    const text = `Derive([("a\\"b\\n\\\\","${PATH}","","")],[],[],"","",[],[])`;
    expect(parseDerivationOutputs(text)).toEqual([{ id: 'a"b\n\\', path: PATH }]);
  });

  it.each(["", "hello", "Derive([", 'Derive([("out","x")],', `Derive([("out","${PATH}","","")`])(
    "are not those of %j",
    (text) => {
      expect(() => parseDerivationOutputs(text)).toThrow("it is not a derivation");
    },
  );
});
