/** Where files go, and whose they are there. */
import { Buffer } from "node:buffer";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LayerRecipe, LayerStyle, RecipePath } from "../../../src/recipe/recipe.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { rawNames } from "../../nix/support/tree.ts";
import { entriesIn, layerBytes, listing, names } from "../support/bytes.ts";

/** Makes files of a store: text, or a link's target after `->`; a slash at the end makes a folder. */
async function storeOf(files: Record<string, string>): Promise<string> {
  const root = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    const whole = `${root}/nix/store/${path}`;
    mkdirSync(path.endsWith("/") ? whole : whole.slice(0, whole.lastIndexOf("/")), {
      recursive: true,
    });
    if (content.startsWith("->")) symlinkSync(content.slice(2), whole);
    else if (!path.endsWith("/")) {
      writeFileSync(whole, content);
      chmodSync(whole, 0o444);
    }
  }
  return root;
}

const recipe = (style: LayerStyle, ...paths: (string | RecipePath)[]): LayerRecipe => ({
  style,
  paths: paths.map((path) => typeof path === "string" ? { path: `/nix/store/${path}` } : path),
});

const toRoot = (path: string, more: Partial<RecipePath> = {}): RecipePath => ({
  path: `/nix/store/${path}`,
  rewrite: { regex: `^/nix/store/${path}`, repl: "" },
  ...more,
});

describe("a layer's tree", () => {
  it("has no file that engines would take for a deletion", async () => {
    for (const name of [".wh.x", ".wh..wh..opq", ".wh."]) {
      const root = await storeOf({ [`a/b/${name}`]: "" });
      for (const style of ["nix2container", "dockertools"] as const) {
        await expect((async () => await names(layerBytes(recipe(style, "a"), { root })))()).rejects
          .toThrow(
            `Cannot put "/nix/store/a/b/${name}" into a layer`,
          );
      }
    }
    const root = await storeOf({ "a/.whale": "", "a/x.wh.y": "" });
    expect(await names(layerBytes(recipe("dockertools", "a"), { root })))
      .toContain("/nix/store/a/.whale");
  });

  it("is in the order of its paths for dockerTools, and all sorted for nix2container", async () => {
    const root = await storeOf({ "b/z": "", "b/a.b": "", "b/a/x": "", "b/a0": "", "a": "" });
    const below = ["b", "b/a", "b/a/x", "b/a.b", "b/a0", "b/z"];
    const store = { root };
    const whole = (list: string[]) => list.map((name) => `/nix/store/${name}`);
    expect(await names(layerBytes(recipe("nix2container", "b", "a"), store)))
      .toEqual(["/", "/nix", "/nix/store", ...whole(["a", ...below])]);
    const slashed = await names(layerBytes(recipe("dockertools", "b", "a"), store));
    expect(slashed.map((name) => name.replace(/\/$/, "")))
      .toEqual(["/nix", "/nix/store", ...whole([...below, "a"])]);
  });

  it.runIf(rawNames)("sorts bytes as each program does, and keeps them", async () => {
    const root = await storeOf({ "x/": "" });
    const raw = ["\u{1f600}", "\uffee", "a"].map((name) => Buffer.from(name));
    for (const name of [...raw, Buffer.from([0x80]), Buffer.from([0xff, 0x61])]) {
      writeFileSync(Buffer.concat([Buffer.from(`${root}/nix/store/x/`), name]), "");
    }
    const last = async (style: LayerStyle) =>
      (await names(layerBytes(recipe(style, "x"), { root }))).slice(-5)
        .map((name) => name.slice("/nix/store/x/".length));
    // Bytes: 61, 80, ef.., f0.., ff..; Python's surrogates lie between U+D7FF and U+E000.
    expect(await last("nix2container")).toEqual(["a", "\udc80", "\uffee", "\u{1f600}", "\udcffa"]);
    expect(await last("dockertools")).toEqual(["a", "\udc80", "\udcffa", "\uffee", "\u{1f600}"]);
  });

  it("keeps links as they are, broken ones too", async () => {
    const root = await storeOf({ "x/l": "->../nowhere//./é", "y": "->x" });
    const links = (await entriesIn(layerBytes(recipe("nix2container", "x", "y"), { root })))
      .filter(({ type }) => type === "symlink").map(({ linkpath, mode }) => [linkpath, mode]);
    expect(links).toEqual([["../nowhere//./é", 0o777], ["x", 0o777]]);
  });

  it("has files where rewrites put them, and none where they put them nowhere", async () => {
    const root = await storeOf({ "r/bin/sh": "sh", "r/share/doc/x": "", "r/etc/rc": "" });
    const rewritten = (regex: string, repl: string) =>
      names(
        layerBytes(recipe("nix2container", { path: "/nix/store/r", rewrite: { regex, repl } }), {
          root,
        }),
      );
    expect(await rewritten("^/nix/store/r", ""))
      .toEqual(["/", "/bin", "/bin/sh", "/etc", "/etc/rc", "/share", "/share/doc", "/share/doc/x"]);
    expect(await rewritten("^.*/(share|etc).*", "")).toEqual(
      ["/", "/nix", "/nix/store", "/nix/store/r", "/nix/store/r/bin", "/nix/store/r/bin/sh"],
    );
    expect(await rewritten("^/nix/store/r/?(?P<rest>.*)$", "opt/${rest}"))
      .toEqual(expect.arrayContaining(["opt", "opt/bin", "opt/bin/sh", "opt/share/doc/x"]));
    expect(await rewritten("^/nix/store/r(/bin)?", "/")).toContain("/sh");
  });

  it("merges folders, and lets the last of equal files win", async () => {
    const root = await storeOf({
      "a/bin/one": "1",
      "a/bin/x": "a",
      "b/bin/two": "2",
      "b/bin/x": "b",
    });
    const paths = [toRoot("a"), toRoot("b")];
    const bytes = layerBytes(recipe("nix2container", ...paths), { root });
    expect(await names(bytes)).toEqual(["/", "/bin", "/bin/one", "/bin/two", "/bin/x"]);
    expect(bytes.subarray(-1024 - 512)[0]).toBe("b".charCodeAt(0));
    // A path that is there as it is can have files put into it, too.
    const both = recipe("nix2container", "a", {
      path: "/nix/store/b",
      rewrite: { regex: "^/nix/store/b", repl: "/nix/store/a" },
    });
    expect((await names(layerBytes(both, { root }))).slice(3))
      .toEqual(["", "/bin", "/bin/one", "/bin/two", "/bin/x"].map((name) => `/nix/store/a${name}`));
    // The same path twice is once.
    expect(layerBytes(recipe("nix2container", "a", "a"), { root }))
      .toEqual(layerBytes(recipe("nix2container", "a"), { root }));
  });

  it.each<[string, Record<string, string>, string]>([
    [
      "size",
      { "a/f": "1", "b/f": "22" },
      '"/f" is there from "/nix/store/a/f" with size 1, and here with 2',
    ],
    [
      "type",
      { "a/f": "1", "b/f/x": "" },
      '"/f" is there from "/nix/store/a/f" with type file, and here with folder',
    ],
    ["type", { "a/f/x": "1", "b/f": "->x" }, "with type folder, and here with link"],
  ])("refuses two files that differ in %s, naming both", async (_what, files, message) => {
    const root = await storeOf(files);
    const differing = recipe("nix2container", toRoot("a"), toRoot("b"));
    expect(() => layerBytes(differing, { root })).toThrow(
      expect.objectContaining({ code: "EXISTS", message: expect.stringContaining(message) }),
    );
    expect(() => layerBytes(differing, { root })).toThrow('Cannot put "/nix/store/b/f');
  });

  it("refuses two files that differ in mode or in rules", async () => {
    const root = await storeOf({ "a/f": "1", "b/f": "1" });
    const rule = { perms: [{ regex: "f$", mode: "0600" }] };
    expect(() => layerBytes(recipe("nix2container", toRoot("a", rule), toRoot("b")), { root }))
      .toThrow("with perms ");
    expect(layerBytes(recipe("nix2container", toRoot("a"), toRoot("b", rule)), { root }).length)
      .toBeGreaterThan(0);
    chmodSync(`${root}/nix/store/b/f`, 0o755);
    expect(() => layerBytes(recipe("nix2container", toRoot("a"), toRoot("b")), { root }))
      .toThrow("with mode 0444, and here with 0755");
  });

  it("refuses files below files, and folders that are moved out of the image", async () => {
    const root = await storeOf({ "a": "1", "b/x": "" });
    const onto = (repl: string): RecipePath => ({
      path: "/nix/store/b/x",
      rewrite: { regex: "^.*$", repl },
    });
    expect(() => layerBytes(recipe("nix2container", "a", onto("/nix/store/a/x")), { root }))
      .toThrow("a file is in its way, from /nix/store/a");
    expect(() => layerBytes(recipe("nix2container", onto("/d/x"), onto("/d")), { root }))
      .toThrow('"/d" is a folder already');
    expect(() => layerBytes(recipe("nix2container", onto("/d/../../x")), { root }))
      .toThrow(expect.objectContaining({ code: "UNSAFE" }));
  });

  it("takes folders that are in no store, wherever the store's root is", async () => {
    const root = await storeOf({ "a": "1" });
    const folder = await temporaryFolder();
    mkdirSync(`${folder}/etc`);
    writeFileSync(`${folder}/etc/motd`, "hi");
    const rewrite = { regex: `^${folder.replace(/[.+]/g, "\\$&")}`, repl: "" };
    const mixed = recipe("dockertools", { path: folder, rewrite }, "a");
    expect((await names(layerBytes(mixed, { root }))).map((name) => name.replace(/\/$/, "")))
      .toEqual(["/etc", "/etc/motd", "/nix", "/nix/store", "/nix/store/a"]);
  });

  it("drops what Nix adds to names that differ only in case", async () => {
    const root = await storeOf({ "x/A": "", "x/a~nix~case~hack~1": "", "x/b~nix~case~hack~0": "" });
    const last = async (style: LayerStyle) =>
      (await names(layerBytes(recipe(style, "x"), { root }))).slice(-3).map((name) =>
        name.slice(13)
      );
    expect(await last("nix2container")).toEqual(["A", "a", "b~nix~case~hack~0"]);
    expect(await last("dockertools")).toContain("a~nix~case~hack~1");
    const clash = await storeOf({ "x/a": "", "x/a~nix~case~hack~1": "" });
    expect(() => layerBytes(recipe("nix2container", "x"), { root: clash })).toThrow(
      "is there already",
    );
  });
});

describe("what lies over other files in dockerTools' layers, as rsync -a -k puts it there", () => {
  /** The members of paths that are copied to the root one after the other, without slashes. */
  async function overlaid(files: Record<string, string>, paths = ["a", "b"]) {
    const root = await storeOf(files);
    const bytes = layerBytes(recipe("dockertools", ...paths.map((path) => toRoot(path))), { root });
    return (await entriesIn(bytes)).map(({ path, linkpath, size }) =>
      `${path.replace(/(?<=.)\/$/, "")}${linkpath && ` -> ${linkpath}`}${size ? ` ${size}` : ""}`
    );
  }

  it("wins, if it comes later", async () => {
    const files = {
      "a/nix-support/hook": "1",
      "b/nix-support/hook": "22",
      "a/x": "1",
      "b/x": "->y",
    };
    expect(await overlaid(files)).toEqual(["/nix-support", "/nix-support/hook 2", "/x -> y"]);
    expect(await overlaid(files, ["b", "a"]))
      .toEqual(["/nix-support", "/nix-support/hook 1", "/x 1"]);
  });

  it.each<[string, Record<string, string>]>([
    ["below it", { "a/bin/x": "1", "b/usr/bin/y": "2", "b/bin": "->usr/bin" }],
    ["in the store", { "a/bin/x": "1", "s/y": "2", "b/usr/": "", "b/bin": "->/nix/store/s" }],
    ["by other links", {
      "a/bin/x": "1",
      "b/c/y": "2",
      "b/bin": "->l/m",
      "b/l": "->.",
      "b/m": "->/c",
    }],
  ])("is one folder where one has a link to a folder %s", async (_, files) => {
    for (const paths of [["a", "b"], ["b", "a"]]) {
      const found = await overlaid(files, paths);
      expect(found).toEqual(expect.arrayContaining(["/bin", "/bin/x 1", "/bin/y 1"]));
      expect(found.filter((name) => name.startsWith("/bin"))).toHaveLength(3);
    }
  });

  it("takes the place of a file, and of a link that leads nowhere", async () => {
    expect(await overlaid({ "a/x": "1", "a/y": "->gone", "b/x/f": "2", "b/y/f": "3" }))
      .toEqual(["/x", "/x/f 1", "/y", "/y/f 1"]);
  });

  it("ends where links go in a circle", async () => {
    expect(await overlaid({ "a/x/f": "1", "a/x/x/f": "1", "b/x": "->.", "b/g": "2" })).toEqual(
      ["/x", "/x/f 1", "/x/g 1", "/x/x", "/x/x/f 1", "/x/x/g 1", "/x/x/x -> .", "/g 1"],
    );
    await expect(overlaid({ "a/x/f": "1", "b/x": "->y", "b/y": "->x" })).rejects.toThrow(
      'Cannot put "/nix/store/b/x" into the layer: a folder is there already',
    );
  });

  it("is no file where a folder is", async () => {
    await expect(overlaid({ "a/x/f": "1", "b/x": "2" })).rejects.toThrow(
      'Cannot put "/nix/store/b/x" into the layer: a folder is there already, from "/nix/store/a/x"',
    );
  });
});

describe("rules for files", () => {
  it("apply to paths as they are in the store, one after another", async () => {
    const root = await storeOf({ "r/home/jane/x": "", "r/home/joe/x": "", "r/l": "->x" });
    const perms = [
      { regex: ".*", mode: "0640", uid: 7, gid: 8, uname: "all", gname: "everybody" },
      { regex: "home/jane/", mode: "4755", uid: 1000, gid: 100, uname: "jane" },
      { regex: "home/joe/x$", mode: "0600" },
      { regex: "/l$", uname: "root" },
    ];
    const bytes = layerBytes(recipe("nix2container", toRoot("r", { perms })), { root });
    expect(await listing(bytes)).toEqual([
      "0755 0:0 root:root /",
      "0640 7:8 all:everybody /home",
      "0640 7:8 all:everybody /home/jane",
      "4755 1000:100 jane:everybody /home/jane/x",
      "0640 7:8 all:everybody /home/joe",
      "0600 0:0 all:everybody /home/joe/x",
      "0640 0:0 root:everybody /l -> x",
    ]);
  });

  it("are laid over the recipe's own owner, in both styles", async () => {
    const root = await storeOf({ "r/x": "" });
    const owned = { mtime: 99, uid: 5, gid: 6, uname: "u", gname: "g" };
    const rule = { perms: [{ regex: "x$", uid: 1 }] };
    for (const style of ["nix2container", "dockertools"] as const) {
      const bytes = layerBytes({ ...recipe(style, toRoot("r", rule)), ...owned }, { root });
      const [entry] = (await entriesIn(bytes)).slice(-1);
      expect(entry).toMatchObject({
        uid: 1,
        gid: 0,
        uname: "u",
        gname: "g",
        mtime: 99n * 10n ** 9n,
      });
    }
  });
});
