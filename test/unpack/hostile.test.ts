/**
 * The attacks on unpackers that are known by name, each beside something harmless like it. T7 and T10
 * are in unpack.test.ts, T12 in bundle/, T13 with the archives of docker save.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { flatten } from "../../src/flatten/flatten.ts";
import type { Layer } from "../../src/image/root.ts";
import { encodeSparseHeader } from "../../src/tar/encode-sparse.ts";
import { END_OF_ARCHIVE } from "../../src/tar/write.ts";
import { unpack } from "../../src/unpack/unpack.ts";
import { stack } from "../flatten/support/stack.ts";
import { temporaryFolder } from "../support/folder.ts";
import { archive, pax, rawFile, rawHeader } from "../tar/support/raw.ts";
import { refusedBy, shownBy } from "./outputs.ts";
import { file, imageOfLayers, type LayerSpec, treeOf } from "./support.ts";

const link = (linkpath: string) => ({ type: "symlink", linkpath }) as const;
const hard = (linkpath: string) => ({ type: "hardlink", linkpath }) as const;
const folder = { type: "directory", mode: 0o755 } as const;

async function shows(layers: readonly LayerSpec[], expected: Record<string, string>) {
  expect(await shownBy(await imageOfLayers(layers))).toEqual(expected);
}

async function refuses(layers: readonly LayerSpec[], message: RegExp) {
  await refusedBy(await imageOfLayers(layers), message);
}

describe("T1 names that leave the root", () => {
  it.each(["../sentinel", "a/../../sentinel", "../out-sibling/x", "..", "/../sentinel", "a/.."])(
    "refuses %s",
    async (path) => await refuses([{ [path]: file("x") }], /"(?:\/|a\/)?\.\.(?:\/|")/),
  );

  it("takes absolute and dotted names for what they mean", async () => {
    await shows([{
      "/etc/a": file("1"),
      "./etc/./b": file("2"),
      "..c": file("3"),
      "d..": file("4"),
    }], {
      "..c": "f 3",
      "d..": "f 4",
      "etc": "d",
      "etc/a": "f 1",
      "etc/b": "f 2",
    });
  });
});

describe("T2 writing through symbolic links", () => {
  it("makes a directory where a layer goes on below a link of a lower one", async () => {
    await shows([{ "a": link("../out-sibling"), "c": link("/") }, {
      "a/sentinel": file("x"),
      "c/sentinel": file("y"),
    }], { "a": "d", "a/sentinel": "f x", "c": "d", "c/sentinel": "f y" });
  });

  it.each([1, 2, 3, 39, 40, 41])("does so at the end of a chain of %i links", async (length) => {
    const chain = Array.from({ length }, (_, i) => {
      return [`l${i}`, i === 0 ? "../out-sibling" : `l${i - 1}`] as const;
    });
    const last = `l${length - 1}`;
    const links = chain.map(([name, target]) => [name, link(target)] as const);
    await shows([links, { [`${last}/sentinel`]: file("x") }, {
      [`${last}/sub`]: folder,
      [`${last}/.wh.other`]: file(""),
    }], {
      ...Object.fromEntries(chain.map(([name, target]) => [name, `l ${target}`])),
      [last]: "d",
      [`${last}/sentinel`]: "f x",
      [`${last}/sub`]: "d",
    });
  });

  it("replaces a link to a file, in its own layer and in a later one", async () => {
    const expected = { f: "f x" };
    await shows([[["f", link("../sentinel")], ["f", file("x")]]], expected);
    await shows([{ f: link("../sentinel") }, { f: file("x") }], expected);
    await shows([{ "f/": link("../sentinel") }, { f: file("x") }], expected);
  });

  it("follows links of the same layer within the image, through chains of 40", async () => {
    const chainOf = (length: number): LayerSpec => [
      ...Array.from(
        { length },
        (_, i) => [`l${i}`, link(i === 0 ? "../../out-sibling" : `l${i - 1}`)] as const,
      ),
      [`l${length - 1}/sentinel`, file("x")],
    ];
    const shown = await shownBy(await imageOfLayers([chainOf(40)]));
    expect(shown).toMatchObject({
      "l39": "l l38",
      "out-sibling": "d",
      "out-sibling/sentinel": "f x",
    });
    await refuses([chainOf(41)], /links at "l40\/sentinel" lead in a circle/);
  });

  it("replaces a link with a directory of the same layer, with a slash at its end", async () => {
    await shows([[["s", link("..")], ["s/", folder], ["s/sentinel", file("y")]]], {
      "s": "d",
      "s/sentinel": "f y",
    });
  });

  it("keeps links as they are, wherever they lead", async () => {
    await shows([{ "var/run": link("/run"), "run/pid": file("1"), "up": link("../../..") }], {
      "run": "d",
      "run/pid": "f 1",
      "up": "l ../../..",
      "var": "d",
      "var/run": "l /run",
    });
  });
});

describe("T3 a root that is not a directory", () => {
  it.each([".", "./", "/"])("refuses a link called %s", async (path) => {
    await refuses(
      [{ [path]: link("../out-sibling") }, { sentinel: file("x") }],
      /replaces the root/,
    );
  });

  it.each([hard("a"), { type: "fifo" }, file("x")] as const)(
    "refuses another one: %o",
    async (root) => {
      await refuses([[["a", file("1")], [".", root]]], /replaces the root/);
    },
  );

  it("takes a root that is one", async () => {
    await shows([{ "./": folder, "a": file("1") }], { a: "f 1" });
  });
});

describe("T4 hard links out of the root", () => {
  it.each(["../sentinel", "/../sentinel", "a/../../sentinel"])(
    "takes %s for a file of the image",
    async (path) => {
      await refuses([{ x: hard(path) }], /"x" is a hard link to ".*\.\.\//);
      await shows([{ sentinel: file("x"), y: hard(path) }], { sentinel: "f x", y: "f x" });
    },
  );

  it("refuses those to nothing, to a host's file, and to directories", async () => {
    await refuses([{ x: hard("/etc/passwd") }], /"x".*"\/?etc\/passwd"/);
    await refuses([{ d: folder, x: hard("d") }], /"x".*"d"/);
  });

  it("links a link itself, not where it leads", async () => {
    await shows([{ l: link("../sentinel"), h: hard("l") }, { "h2": hard("l") }], {
      h: "l ../sentinel",
      h2: "l ../sentinel",
      l: "l ../sentinel",
    });
  });

  it("writes to no file that a link of it leads to", async () => {
    await shows([{ l: link("../sentinel"), h: hard("l") }, { h: file("x") }], {
      h: "f x",
      l: "l ../sentinel",
    });
  });

  it("does not reach a file through a link above it", async () => {
    await refuses([{ l: link(".."), h: hard("l/sentinel") }], /"h".*"l\/sentinel"/);
  });

  it("takes links that stand before their file in a lower layer's place", async () => {
    await shows([{ a: file("1") }, { b: hard("a"), c: hard("b") }, { ".wh.a": file("") }], {
      b: "f 1",
      c: "f 1",
    });
  });
});

describe("T5 attributes through links", () => {
  it("describes the link, not where it leads", async () => {
    const attributes = { mode: 0o777, uid: 1000, gid: 1000, mtime: 1n };
    await shows([{ l: { ...link("../sentinel"), ...attributes }, d: link("../out-sibling") }], {
      d: "l ../out-sibling",
      l: "l ../sentinel",
    });
    await shows([{ d: link("../out-sibling") }, { d: { ...folder, ...attributes } }], { d: "d" });
  });
});

describe("T5 owners that no file can have", () => {
  it.each([{ uid: 2 ** 32 - 1 }, { gid: 2 ** 32 - 1 }])("are not root (%j)", async (owner) => {
    for (const one of [file("x"), folder, link("a")]) {
      const image = await imageOfLayers([{ f: { ...one, ...owner } }]);
      const unpacking = unpack(image, `${await temporaryFolder()}/out`);
      await expect(unpacking).rejects.toMatchObject({ code: "UNSUPPORTED" });
      await expect(unpacking).rejects.toThrow(
        /Cannot make "f": no file can be owned by 4294967295/,
      );
    }
  });
});

describe("T6 whiteouts", () => {
  it.each([".wh..", "a/.wh...", ".wh."])(
    "hides nothing with %s that it should not",
    async (path) => {
      const image = await imageOfLayers([{ "a/b": file("1") }, { [path]: file(""), c: file("2") }]);
      const shown = await shownBy(image).catch((error) => {
        expect(String(error)).toContain(".wh.");
        return { "a": "d", "a/b": "f 1", "c": "f 2" };
      });
      expect(shown).toEqual({ "a": "d", "a/b": "f 1", "c": "f 2" });
    },
  );

  it("does not reach through a link to what it hides", async () => {
    await shows([{ "d/x": file("1"), l: link("d") }, { "l/.wh.x": file("") }], {
      "d": "d",
      "d/x": "f 1",
      "l": "l d",
    });
  });

  it.each(["l/.wh.sentinel", "l/.wh..wh..opq"])(
    "touches nothing outside with %s",
    async (mark) => {
      await shows([{ l: link("../out-sibling") }, { [mark]: file("") }], { l: "l ../out-sibling" });
    },
  );

  it("takes marks of any type for marks", async () => {
    await shows([{ "a": file("1"), "d/x": file("2") }, { ".wh.a": link("../sentinel") }, {
      ".wh.d": folder,
    }], {});
  });

  it("is the same tree whether the opaque mark comes before or after", async () => {
    const lower = { "d/old": file("1"), "d/e/old": file("1") };
    const entries = [["d/.wh..wh..opq", file("")], ["d/new", file("2")]] as const;
    const tree = { "d": "d", "d/new": "f 2" };
    await shows([lower, [...entries]], tree);
    await shows([lower, [...entries].reverse()], tree);
  });
});

describe("T8 archives that two readers read differently", () => {
  const smuggled = rawHeader({ name: "smuggled" });

  it("refuses a header that some take for content", async () => {
    const symlink = rawHeader({ name: "a", type: "2", linkname: "b", size: 512 });
    await refuses([archive(symlink, smuggled)], /symbolic link|"a"|content/);
    await refuses([archive(pax(["path", "a"]), pax(["path", "b"]), rawHeader({}))], /extended/);
  });

  it("takes one that all take for content", async () => {
    const layer = archive(rawHeader({ name: "a", size: 512 }), smuggled, rawFile("b", "2"));
    const shown = await shownBy(await imageOfLayers([layer]));
    expect(Object.keys(shown)).toEqual(["a", "b"]);
  });
});

describe("T9 names that some file systems take for one", () => {
  it("keeps them apart where the file system does", async () => {
    await shows([{
      "A": file("1"),
      "a": file("2"),
      "\u00e9": file("3"),
      "e\u0301": file("4"),
      "C:x": file("5"),
      "b\\c": file("6"),
    }], {
      "A": "f 1",
      "C:x": "f 5",
      "a": "f 2",
      "b\\c": "f 6",
      "e\u0301": "f 4",
      "\u00e9": "f 3",
    });
  });
});

describe("names that are words to programs", () => {
  // Times between seconds: where there is a GNU tar, it makes these files.
  it.each([0n, 1n])("are names (%i ns)", async (mtime) => {
    const names = [
      "-rf",
      "--checkpoint-action=exec=sh",
      "$(id)",
      "*",
      " ",
      "a\nb",
      "a\tb",
      "\x1b[1m",
    ];
    const layer = Object.fromEntries(names.map((name) => [name, { mtime } as const]));
    const shown = await shownBy(await imageOfLayers([layer]));
    expect(Object.keys(shown).sort()).toEqual(names.sort());
  });
});

describe("T11 the same name twice", () => {
  it("shows the last, of whatever type", async () => {
    await shows([[
      ["a", file("1")],
      ["a", file("2")],
      ["b", file("1")],
      ["b", folder],
      ["b/c", file("3")],
      ["d/e", file("4")],
      ["d", link("..")],
      ["f", link("../sentinel")],
      ["f", file("5")],
    ]], { "a": "f 2", "b": "d", "b/c": "f 3", "d": "l ..", "f": "f 5" });
  });

  it("shows the last where folders are in the way, and keeps what another name has", async () => {
    await shows([[
      ["a/b/c", file("1")],
      ["a", file("2")],
      ["d/e", file("3")],
      ["f", hard("d/e")],
      ["d/e", file("4")],
      ["g/h", file("5")],
      ["g/a", hard("g/h")],
      ["i/j", file("6")],
      ["i", file("7")],
      ["i", folder],
      ["i/j/k", file("8")],
      ["l", file("9")],
      ["l", hard("g/h")],
    ]], {
      "a": "f 2",
      "d": "d",
      "d/e": "f 4",
      "f": "f 3",
      "g": "d",
      "g/a": "f 5",
      "g/h": "f 5",
      "i": "d",
      "i/j": "d",
      "i/j/k": "f 8",
      "l": "f 5",
    });
  });

  it("takes a name that no file can have if it does not show", async () => {
    const long = "n".repeat(256);
    const out = join(await temporaryFolder(), "out");
    const layer: LayerSpec = [["a", file("1")], [`c/${long}`, file("2")], ["c", file("3")]];
    await unpack(await imageOfLayers([layer]), out);
    expect(treeOf(out)).toEqual(["a 644 1", "c 644 3"]);
    const other = join(await temporaryFolder(), "out");
    await expect(unpack(await imageOfLayers([layer.slice(0, 2)]), other)).rejects
      .toThrow(/Cannot make "c\/n+…": .*too long/);
  });
});

describe("R bombs", () => {
  it("neither reads on past a file's end nor holds what it does not write", async () => {
    const big = Buffer.alloc(40_000_000);
    const layers: LayerSpec[] = [{ a: big }, { ".wh.a": file(""), b: file("1") }];
    await shows(layers, { b: "f 1" });
  });

  it.each(["gzip", "zstd"] as const)("stops a layer of %s at --max-size", async (how) => {
    const layers = [[{ path: "zeros", text: "\0".repeat(32 << 20) }]];
    const image = await stack(layers, how);
    expect(image.layers[0]!.descriptor.size).toBeLessThan(100_000);
    const home = await temporaryFolder();
    const limited = (maxSize: number) => unpack(image, `${home}/out`, { maxSize });
    await expect(limited(32 << 19)).rejects.toThrow(/"zeros".*more than the 16777216 bytes/);
    expect(readdirSync(home)).toEqual([]);
    await limited(32 << 20);
    expect(statSync(`${home}/out/zeros`).size).toBe(32 << 20);
  });

  it("takes a sparse file of terabytes for what is stored of it", async () => {
    const size = 2 ** 41;
    const header = encodeSparseHeader({ path: "huge", size, mode: 0o644 }, []);
    const image = await imageOfLayers([Buffer.concat([header, END_OF_ARCHIVE])]);
    const home = await temporaryFolder();
    await unpack(image, `${home}/out`, { maxSize: 1000 });
    expect(statSync(`${home}/out/huge`)).toMatchObject({ size, blocks: 0 });
  });
});

describe("M6 layers that are not what the config says", () => {
  it("refuses another diffID", async () => {
    const image = await imageOfLayers([{ a: file("1") }]);
    const layer = { ...image.layers[0]!, diffId: digestOf(Buffer.from("else")) };
    const reading = async () => {
      for await (const _ of flatten({ ...image, layers: [layer] }));
    };
    await expect(reading()).rejects.toMatchObject({ code: "DIGEST" });
    const home = await temporaryFolder();
    const unpacking = unpack({ layers: [layer] }, `${home}/out`);
    await expect(unpacking).rejects.toMatchObject({ code: "DIGEST" });
    expect(readdirSync(home)).toEqual([]);
  });

  it.each(["gzip", "zstd"] as const)("looks at what %s unpacks to", async (how) => {
    const image = await stack([["a: 1"], ["a: 2"]], how);
    expect(await shownBy(image)).toEqual({ a: "f 2" });
    const [one, two] = image.layers as [Layer, Layer];
    const home = await temporaryFolder();
    const swapped = [{ ...one, diffId: two.diffId }, { ...two, diffId: one.diffId }];
    const unpacking = unpack({ layers: swapped }, `${home}/out`);
    await expect(unpacking).rejects.toMatchObject({ code: "DIGEST" });
    expect(readdirSync(home)).toEqual([]);
  });
});
