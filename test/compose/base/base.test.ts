/** What a base image brings along. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readBaseConfig, readBaseFiles } from "../../../src/compose/base/base.ts";
import { completeHistory } from "../../../src/image/config/history.ts";
import { createCache } from "../../../src/cache/cache.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { image } from "../../support/images.ts";

const [HELLO, LIBC, GONE] = ["hello", "libc", "gone"].map((name) =>
  `/nix/store/${"0".repeat(32)}-${name}`
) as [string, string, string];

describe("storePathsIn", () => {
  it("finds what shows in the end, whatever form it is in", async () => {
    const base = await image({
      layers: [
        { [`${HELLO}/bin/hello`]: "x", "/nix/var/x": "", "/etc/passwd": "" },
        { [`.${LIBC}/lib/x`]: "relative", [GONE.slice(1)]: "hidden below" },
        { [HELLO]: "a file" },
        { [`${GONE.slice(1).replace(/0{32}/, ".wh.$&")}`]: "" },
      ],
    });
    expect((await readBaseFiles(base, "/nix/store")).storePaths).toEqual(new Set([HELLO, LIBC]));
  });

  it("obeys what hides the whole store", async () => {
    const base = await image({ layers: [{ [HELLO]: "x" }, { ".wh.nix": "" }, { [LIBC]: "y" }] });
    expect((await readBaseFiles(base, "/nix/store")).storePaths).toEqual(new Set([LIBC]));
  });

  it("finds nothing where there is none", async () => {
    const base = await image({ layers: [{ "etc/nix/store": "x", "nix/shop/a": "y" }, {}] });
    expect((await readBaseFiles(base, "/nix/store")).storePaths).toEqual(new Set());
  });

  it("is asked only once, where that can be remembered", async () => {
    const { bases } = createCache(join(await temporaryFolder(), "cache.sqlite"));
    const base = await image({ layers: [{ [HELLO]: "x" }] });
    const unreadable = {
      ...base,
      layers: base.layers.map((layer) => ({
        ...layer,
        open: () => {
          throw new Error("it is read again");
        },
      })),
    };
    await expect(readBaseFiles(unreadable, "/nix/store", { known: bases })).rejects.toThrow(
      "again",
    );
    const { storePaths: found } = await readBaseFiles(base, "/nix/store", { known: bases });
    expect((await readBaseFiles(unreadable, "/nix/store", { known: bases })).storePaths).toEqual(
      found,
    );
    await expect(readBaseFiles(unreadable, "/gnu/store", { known: bases })).rejects.toThrow(
      "again",
    );
  });

  it("looks in the store's own folder", async () => {
    const base = await image({ layers: [{ "gnu/store/abc-x": "x", [HELLO]: "y" }] });
    expect((await readBaseFiles(base, "/gnu/store")).storePaths).toEqual(
      new Set(["/gnu/store/abc-x"]),
    );
  });
});

describe("a base's history", () => {
  it("has an entry for each layer, also where it says less", async () => {
    const base = await image({ layers: [{ a: "1" }, { b: "2" }] });
    const config = await readBaseConfig({ image: base, reference: "memory:x" });
    expect(completeHistory(config, 2)).toEqual([{}, {}]);
  });

  it("stays as it is", () => {
    const history = [{ created_by: "ADD", created: null }, {
      created_by: "CMD",
      empty_layer: true,
    }];
    const config = { rootfs: {}, history };
    expect(completeHistory(config, 1)).toEqual([
      { created_by: "ADD" },
      { created_by: "CMD", empty_layer: true },
    ]);
  });
});
