/** What is made here: where it goes, what it looks like, and what it may not be. */
import { Buffer } from "node:buffer";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../../src/bytes/digest.ts";
import { keyOf } from "../../../src/recipe/known.ts";
import { createLayer, type LayerRecipe, type MadeEntry } from "../../../src/recipe/mod.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { collected, entriesIn, layerBytes, listing } from "../support/bytes.ts";

const made = (...entries: MadeEntry[]): LayerRecipe => ({
  style: "nix2container",
  paths: [],
  made: entries,
});

const file = (path: string, more: Partial<MadeEntry & { type: "file" }> = {}): MadeEntry => ({
  type: "file",
  path,
  content: "",
  ...more,
});

/** A store with `/nix/store/r`, which has `etc/rc` and a link `bin` in it. */
async function storeOf(): Promise<string> {
  const root = await temporaryFolder();
  mkdirSync(`${root}/nix/store/r/etc`, { recursive: true });
  writeFileSync(`${root}/nix/store/r/etc/rc`, "rc", { mode: 0o444 });
  symlinkSync("usr/bin", `${root}/nix/store/r/bin`);
  return root;
}

const toRoot = { path: "/nix/store/r", rewrite: { regex: "^/nix/store/r", repl: "" } };

describe("what is made here", () => {
  it("has the recipe's owner and usual modes, where it says nothing of itself", async () => {
    const { made: entries } = made(
      { type: "directory", path: "/tmp", mode: 0o1777 },
      file("/etc/passwd", { content: "root:x:0:0\n" }),
      { type: "directory", path: "/home/jane", uid: 1000, gid: 100, gname: "users" },
      { type: "symlink", path: "/bin/sh", target: "../nix/store/sh" },
      file("/sbin/su", { mode: 0o4755, uname: "admin" }),
      { type: "hardlink", path: "/bin/su", target: "/sbin/su" },
    );
    const recipe = { ...made(...entries!), uid: 7, gid: 8, uname: "u", gname: "g" };
    expect(await listing(layerBytes(recipe))).toEqual([
      "0755 7:8 u:g /",
      "0755 7:8 u:g /bin",
      "0777 7:8 u:g /bin/sh -> ../nix/store/sh",
      "4755 7:8 admin:g /bin/su",
      "0755 7:8 u:g /etc",
      "0644 7:8 u:g /etc/passwd",
      "0755 7:8 u:g /home",
      "0755 1000:100 :users /home/jane",
      "0755 7:8 u:g /sbin",
      "4755 7:8 admin:g /sbin/su -> /bin/su",
      "1777 7:8 u:g /tmp",
    ]);
  });

  it("takes texts, bytes and files, and keeps times and attributes", async () => {
    const folder = await temporaryFolder();
    writeFileSync(`${folder}/source`, Buffer.alloc(70_000, 5));
    const value = Uint8Array.of(1, 0, 0xff);
    const recipe = made(
      file("/text", { content: "é", mtime: -3 }),
      file("/bytes", { content: value, xattrs: { "user.b": value, "user.a=": "text" } }),
      file("/copy", { content: { file: `${folder}/source` } }),
    );
    for (const style of ["nix2container", "dockertools"] as const) {
      for (const buffer of [10_241, 1 << 20]) {
        const entries = await entriesIn(layerBytes({ ...recipe, style }, {}, buffer));
        expect(entries.slice(-3).map(({ path, size }) => [path, size]).sort())
          .toEqual([["/bytes", 3], ["/copy", 70_000], ["/text", 2]]);
        const [bytes, text] = ["/bytes", "/text"].map((path) =>
          entries.find((one) => one.path === path)!
        );
        expect(text!.mtime).toBe(-3n * 10n ** 9n);
        expect([...bytes!.xattrs]).toEqual([
          ["user.a=", Buffer.from("text")],
          ["user.b", Buffer.from(value)],
        ]);
      }
    }
  });

  it("is laid over what the paths bring", async () => {
    const root = await storeOf();
    const recipe: LayerRecipe = {
      ...made({ type: "directory", path: "/etc", mode: 0o700 }, file("/etc/motd")),
      paths: [toRoot],
    };
    expect((await listing(layerBytes(recipe, { root }))).map((line) => line.replace(/ .* /, " ")))
      .toEqual(["0755 /", "0777 usr/bin", "0700 /etc", "0644 /etc/motd", "0444 /etc/rc"]);
    const whole = { ...made(file("/nix/store/r/etc/motd")), paths: [{ path: "/nix/store/r" }] };
    expect((await listing(layerBytes(whole, { root }))).at(-2)).toContain("/nix/store/r/etc/motd");
  });

  it("comes to the folder that a link of the paths leads to, and the link stays", async () => {
    const root = await storeOf();
    mkdirSync(`${root}/nix/store/r/usr/bin`, { recursive: true });
    const recipe: LayerRecipe = {
      ...made(
        { type: "directory", path: "/bin" },
        { type: "symlink", path: "/bin/hello", target: "/nix/store/hello" },
        { type: "symlink", path: "/usr/local", target: "bin" },
        file("/usr/local/x"),
      ),
      paths: [toRoot],
    };
    expect((await listing(layerBytes(recipe, { root }))).map((line) => line.split(" / ").at(-1)))
      .toEqual(expect.arrayContaining([
        expect.stringMatching(/ \/bin -> usr\/bin$/),
        expect.stringMatching(/ \/usr\/bin\/hello -> \/nix\/store\/hello$/),
        expect.stringMatching(/ \/usr\/bin\/x$/),
      ]));
  });

  it.each<[MadeEntry, string]>([
    [file("/etc/rc"), '"/etc/rc" into the layer: a file is there already, from "/nix/store/r/etc'],
    [file("/etc"), "a folder is there already"],
    [file("/bin/sh"), "a link is in its way, from /nix/store/r/bin"],
    [{ type: "directory", path: "/bin" }, "a link is there already"],
    [{ type: "symlink", path: "/etc", target: "x" }, "a folder is there already"],
  ])("is refused where something else lies: %j", async (entry, message) => {
    const root = await storeOf();
    expect(() => layerBytes({ ...made(entry), paths: [toRoot] }, { root })).toThrow(
      expect.objectContaining({ code: "EXISTS", message: expect.stringContaining(message) }),
    );
  });

  it.each<[unknown, string | RegExp]>([
    [{ path: "etc" }, 'made[0].path of a layer is "etc"'],
    [{ path: "/a/../b" }, "an absolute path without . and .. in it"],
    [{ path: "/a\0" }, "an absolute path"],
    [{ path: "/\ud800" }, "is not a sequence of bytes"],
    [{ mode: 0o10000 }, "made[0].mode of a layer is 4096: it must be permission bits"],
    [{ uid: -1 }, "made[0].uid of a layer is -1"],
    [{ gname: "a\0" }, "made[0].gname"],
    [{ mtime: 0.5 }, "made[0].mtime of a layer is 0.5: it must be whole seconds"],
    [{ xattrs: { "": "x" } }, "the name of an attribute"],
    [{ content: "secret\ud800" }, /^made\[0\]\.content of a layer has half a character in it$/],
    [{ content: { file: "x" } }, 'made[0].content.file of a layer is "x"'],
    [{ type: "symlink", target: "" }, "made[0].target"],
    [{ type: "hardlink", target: "/b" }, "the path of a file that the layer makes"],
  ])("cannot be %j", async (wrong, message) => {
    const entry = { ...file("/a"), ...wrong as object } as MadeEntry;
    await expect(createLayer(made(entry))).rejects.toThrow(message);
    await expect(createLayer(made(entry))).rejects.toMatchObject({ code: "MALFORMED" });
  });

  it("cannot be there twice, nor be made of what is not a file", async () => {
    await expect(createLayer(made(file("/a"), file("/a")))).rejects.toThrow(
      'made[1].path of a layer is "/a": it must be there once only',
    );
    const root = await storeOf();
    const of = (path: string) => made(file("/a", { content: { file: `/nix/store/r/${path}` } }));
    const store = { root };
    await expect(createLayer(of("bin"), { store })).rejects.toThrow("it is not a regular file");
    await expect(createLayer(of("x"), { store })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("a layer with what is made here", () => {
  it("is named first, made again when it is opened, and proved then", async () => {
    const folder = await temporaryFolder();
    writeFileSync(`${folder}/a`, "1");
    const layer = await createLayer(made(file("/a", { content: { file: `${folder}/a` } })));
    expect(digestOf(await collected(layer.open()))).toBe(layer.diffId);
    writeFileSync(`${folder}/a`, "2");
    await expect(collected(layer.open())).rejects.toThrow(
      /Cannot make layer sha256:.* of "\/a": the files are not what they were when it was named/,
    );
  });

  it("is remembered by all that is in it, where that is in the store", async () => {
    const root = await storeOf();
    const entries: MadeEntry[] = [
      file("/a"),
      file("/a", { content: Uint8Array.of(1) }),
      file("/a", { content: Uint8Array.of(2) }),
      file("/a", { mode: 0o600 }),
      file("/a", { xattrs: { "user.a": Uint8Array.of(1) } }),
      file("/a", { content: { file: "/nix/store/r/etc/rc" } }),
      { type: "symlink", path: "/a", target: "b" },
      { type: "directory", path: "/a" },
    ];
    const keys = [made(), ...entries.map((entry) => made(entry))].map((recipe) =>
      keyOf(recipe, { root })
    );
    expect(keys).not.toContain(undefined);
    expect(new Set(keys).size).toBe(entries.length + 1);
    expect(keyOf(made(file("/a", { content: { file: `${root}/x` } })), { root })).toBeUndefined();
    expect(keyOf({ ...made(), made: [] }, { root })).toBe(
      keyOf({ style: "nix2container", paths: [] }, { root }),
    );
  });
});
