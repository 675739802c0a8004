/** Random trees that are made here, as Python's tarfile writes them and as it and GNU tar read them. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { readLayers, writeLayers } from "../../src/plan/mod.ts";
import { createLayer } from "../../src/recipe/mod.ts";
import type { LayerRecipe, LayerStyle, MadeEntry, MadeFile } from "../../src/recipe/mod.ts";
import { gnuList, hasGnuTar, hasPython, python, pythonList } from "../tar/support/oracles.ts";
import { type Random, random } from "../tar/support/random.ts";
import { layerBytes } from "./support/bytes.ts";

const PARTS = [
  "a",
  "a-b",
  "a.b",
  "Z",
  "é",
  "日本",
  "\u{1f600}",
  "\uffee",
  "\udcff",
  "n".repeat(97),
];

/** Folders with all else in them, in no order; but each top folder comes before what is in it. */
function grow(numbers: Random): MadeEntry[] {
  const entries: MadeEntry[] = [];
  const files: string[] = [];
  const fill = (folder: string, depth: number): void => {
    for (const part of PARTS) {
      const path = `${folder}/${part}${numbers.chance(0.3) ? "x".repeat(numbers.below(60)) : ""}`;
      const kind = numbers.below(7);
      if (kind === 0 || folder === "") {
        entries.push({ type: "directory", path, mode: numbers.pick([0o755, 0o1777]), ...says() });
        if (depth > 0) fill(path, depth - 1);
      } else if (kind === 1) {
        entries.push({ type: "symlink", path, target: "../".repeat(numbers.below(50)) + "é" });
      } else if (kind === 2 && files.length > 0) {
        entries.push({ type: "hardlink", path, target: numbers.pick(files) });
      } else if (kind > 2) {
        files.push(path);
        entries.push({
          type: "file",
          path,
          content: numbers.bytes(numbers.below(1200)),
          ...says(),
        });
      }
    }
  };
  const says = () => ({
    ...(numbers.chance(0.3) && { uid: numbers.below(3_000_000), gid: 100, gname: "üsers" }),
    ...(numbers.chance(0.3) && { mtime: numbers.below(2_000_000_000) - 1000 }),
    ...(numbers.chance(0.2) && { xattrs: { "user.ü": numbers.bytes(20), "user.a": "text" } }),
  });
  fill("", 2);
  return entries;
}

const recipeOf = (seed: number, style: LayerStyle): LayerRecipe => ({
  style,
  paths: [],
  made: grow(random(seed)),
  mtime: 1000,
  uname: "jörg",
});

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** What lies at each place, by a rule of its own: of names for one file the first is the file. */
function expected(recipe: LayerRecipe, order: readonly string[]) {
  const entries = new Map(recipe.made!.map((one) => [one.path, one]));
  const files = new Map<MadeEntry, string>();
  return order.map((path) => {
    const entry = entries.get(path)!;
    const node = entry.type === "hardlink" ? entries.get(entry.target)! as MadeFile : entry;
    const first = files.get(node) ?? path;
    files.set(node, first);
    const type = first === path ? node.type : "hardlink";
    const linkpath = type === "hardlink" ? first : node.type === "symlink" ? node.target : "";
    const content = type === "file" ? (node as MadeFile).content as Uint8Array : Buffer.alloc(0);
    const mode = node.type === "symlink" ? 0o777 : node.mode ?? 0o644;
    const { uid = 0, gid = 0, mtime = 1000 } = node;
    const plain = { path, type, linkpath, size: content.length, mode, uid, gid, mtime, device: "" };
    return { ...plain, sha256: hash(content), node };
  });
}

/** Python writes the same members; it is told no order below the top, but sorts as texts compare. */
const SCRIPT = `
import base64, hashlib, json, sys, tarfile
TYPES = {"file": tarfile.REGTYPE, "directory": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE}
class Sum:
    def __init__(self): self.hash = hashlib.sha256()
    def write(self, data): self.hash.update(data)
class Reader:
    def __init__(self, data): self.data = data
    def read(self, size=-1): part, self.data = self.data[:size], self.data[size:]; return part
entries = json.load(sys.stdin)
by_path = {entry["path"]: entry for entry in entries}
tops = list(dict.fromkeys(entry["path"].split("/")[1] for entry in entries))
parts = lambda entry: entry["path"].split("/")[1:]
entries.sort(key=lambda entry: (tops.index(parts(entry)[0]), parts(entry)))
out, names = Sum(), {}
with tarfile.open(fileobj=out, mode="w|", encoding="utf-8", errors="surrogateescape") as tar:
    for entry in entries:
        node = by_path[entry["target"]] if entry["type"] == "hardlink" else entry
        first = names.setdefault(node["path"], entry["path"])
        info = tarfile.TarInfo(entry["path"])
        info.type, info.mode = TYPES[node["type"]], int(node.get("mode", "0777" if node["type"] == "symlink" else "0644"), 8)
        info.linkname = node.get("target", "")
        info.mtime, info.uid, info.gid = node.get("mtime", 1000), node.get("uid", 0), node.get("gid", 0)
        info.uname = "" if "uid" in node else "jörg"
        info.gname = node.get("gname", "root")
        if first != entry["path"]: info.type, info.linkname = tarfile.LNKTYPE, first
        elif node.get("xattrs"):
            decode = lambda text: base64.b64decode(text).decode("utf-8", "surrogateescape")
            info.pax_headers = {"SCHILY.xattr." + k: decode(v) for k, v in sorted(node["xattrs"].items())}
        data = base64.b64decode(node["base64"]) if info.type == tarfile.REGTYPE else b""
        info.size = len(data)
        tar.addfile(info, Reader(data) if data else None)
print("sha256:" + out.hash.hexdigest())
`;

describe("random trees that are made here", () => {
  const seeds = [1, 2, 3, 4];

  it.runIf(hasPython).each(seeds)("are what Python makes of them (%i)", async (seed) => {
    const layer = await createLayer(recipeOf(seed, "dockertools"));
    const [{ nixoci: { made } }] = JSON.parse(writeLayers([planned(layer)]));
    expect(made.length).toBeGreaterThan(40);
    expect(python(SCRIPT, Buffer.from(JSON.stringify(made))).toString().trim()).toBe(layer.diffId);
  });

  it.runIf(hasGnuTar && hasPython).each(seeds)("are read as they are meant (%i)", (seed) => {
    for (const style of ["dockertools", "nix2container"] as const) {
      const recipe = recipeOf(seed, style);
      const bytes = layerBytes(recipe);
      const [pythons] = pythonList(bytes);
      const listed = pythons!.filter(({ path }) => path !== "");
      const wanted = expected(recipe, listed.map(({ path }) => path));
      expect(listed.length).toBe(recipe.made!.length);
      expect(listed.map(({ uname: _, gname: __, pax: ___, ...one }) => one))
        .toEqual(wanted.map(({ node: _, ...one }) => one));
      expect(gnuList(bytes)!.filter(({ path }) => path !== ""))
        .toEqual(wanted.map(({ node: _, sha256: __, ...one }) => one));
      const attributes = listed.filter(({ pax }) => "SCHILY.xattr.user.a" in pax);
      expect(attributes.map(({ path }) => path)).toEqual(
        wanted.filter(({ node, type }) => type !== "hardlink" && "xattrs" in node)
          .map(({ path }) => path),
      );
    }
  });

  it.each(
    [
      ["dockertools", "sha256:e4ed3ef0345850cfb00bf989096c40c5607602e778c91ef6e34f2f991832c9ad"],
      ["nix2container", "sha256:5b12f911a8a7c3e532f52abe70306e590b741d0146268e294f762d47a1e9d1ca"],
    ] as const,
  )("have the same bytes on every runtime, and from a plan: %s", async (style, digest) => {
    const layer = await createLayer(recipeOf(5, style));
    expect(layer.diffId).toBe(digest);
    const [read] = await readLayers(Buffer.from(writeLayers([planned(layer)])), "layers.json");
    expect(digestOf(layerBytes(read!.recipe!))).toBe(digest);
  });
});

function planned({ descriptor, diffId, recipe }: Awaited<ReturnType<typeof createLayer>>) {
  const { digest, size, mediaType } = descriptor;
  return { digest, size, mediaType, diffId, recipe };
}
