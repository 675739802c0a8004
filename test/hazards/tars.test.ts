/**
 * Tars that are made to lead out of the folder that they are unpacked to, read and unpacked; beside
 * each a twin that looks like it and is harmless. Both forms have to agree, whatever they say.
 */
import { describe, expect, it } from "vitest";
import { archive, longName, pax, rawHeader, toBlocks } from "../tar/support/raw.ts";
import type { Shown } from "../unpack/outputs.ts";
import { selectCases } from "./support/cases.ts";
import { resultOf } from "./support/forms.ts";

const text = toBlocks("x");

/** The ways in which a tar gives a member its name. */
const WAYS: Readonly<Record<string, (name: string) => Buffer>> = {
  "a header's name": (name) => Buffer.concat([rawHeader({ name, size: 1 }), text]),
  "a name of the time before POSIX": (name) =>
    Buffer.concat([rawHeader({ name, magic: "", size: 1, type: "\0" }), text]),
  "a PAX path": (path) => Buffer.concat([pax(["path", path]), rawHeader({ size: 1 }), text]),
  "a long name of GNU's": (name) =>
    Buffer.concat([longName(`${name}\0`), rawHeader({ magic: "ustar  \0", size: 1 }), text]),
  "a directory": (name) => rawHeader({ name: `${name}/`, type: "5", mode: "0000755\0" }),
  "a symbolic link": (name) => rawHeader({ name, type: "2", linkname: "x" }),
  "a named pipe": (name) => rawHeader({ name, type: "6" }),
  "a whiteout": (name) => rawHeader({ name: name.replace(/[^/]*$/, ".wh.$&") }),
};

const UP = [
  "../sentinel",
  "a/../../sentinel",
  "../out-sibling/sentinel",
  "../out-sibling/x",
  "/../sentinel",
  "./../sentinel",
  "a/./../../sentinel",
  "a//../../sentinel",
  `${"../".repeat(20)}tmp/nixoci-sentinel`,
];

/** Names that look like those, and where they lead. */
const DOWN: readonly (readonly [name: string, path: string])[] = [
  ["..sentinel", "..sentinel"],
  ["a/..b/sentinel", "a/..b/sentinel"],
  ["out-sibling/sentinel", "out-sibling/sentinel"],
  ["...", "..."],
  ["/sentinel", "sentinel"],
  ["./sentinel", "sentinel"],
  ["a/./sentinel", "a/sentinel"],
  ["a//sentinel", "a/sentinel"],
  ["a/ ..", "a/ .."],
];

const cross = <A, B>(first: readonly A[], second: readonly B[]) =>
  first.flatMap((a) => second.map((b) => [a, b] as const));

describe("hostile: a name that leads up, as", () => {
  it.each(selectCases(cross(Object.keys(WAYS), UP)))("%s: %s", async (way, name) => {
    expect(await resultOf([archive(WAYS[way]!(name))])).toBeUndefined();
  });
});

describe("harmless: a name that looks so, as", () => {
  it.each(selectCases(cross(Object.keys(WAYS), DOWN)))("%s: %s", async (way, [name, path]) => {
    const shown = await resultOf([archive(WAYS[way]!(name))]);
    if (way === "a whiteout") expect(Object.keys(shown!)).not.toContain(path);
    else expect(Object.keys(shown!)).toContain(path);
  });
});

/** The ways in which a tar says where a link leads. */
const LINKS: Readonly<Record<string, (type: string, linkname: string) => Buffer>> = {
  "a header": (type, linkname) => rawHeader({ name: "link", type, linkname }),
  "PAX": (type, to) =>
    Buffer.concat([pax(["linkpath", to]), rawHeader({ name: "link", type, linkname: "x" })]),
  "GNU's long link": (type, to) =>
    Buffer.concat([
      longName(`${to}\0`, "K"),
      rawHeader({ name: "link", type, linkname: "x", magic: "ustar  \0" }),
    ]),
};

describe("hostile: a hard link that leads up, in", () => {
  it.each(selectCases(cross(Object.keys(LINKS), UP)))("%s: %s", async (way, to) => {
    expect(await resultOf([archive(LINKS[way]!("1", to))])).toBeUndefined();
  });
});

describe("harmless: a hard link to a file of the image, in", () => {
  it.each(selectCases(cross(Object.keys(LINKS), DOWN)))("%s: %s", async (way, [to, path]) => {
    const shown = await resultOf([archive(WAYS["a header's name"]!(to), LINKS[way]!("1", to))]);
    expect(shown).toMatchObject({ [path]: "f x", link: "f x" });
  });
});

/** What comes below a link, as members of an archive. */
const BELOW: Readonly<Record<string, Buffer>> = {
  "a file": Buffer.concat([rawHeader({ name: "link/sentinel", size: 1 }), text]),
  "a new file": Buffer.concat([rawHeader({ name: "link/x", size: 1 }), text]),
  "a folder": rawHeader({ name: "link/sub/", type: "5", mode: "0000777\0" }),
  "a folder in its place": rawHeader({ name: "link/", type: "5", mode: "0000777\0" }),
  "a symbolic link": rawHeader({ name: "link/sentinel", type: "2", linkname: "x" }),
  "a hard link": rawHeader({ name: "mine", type: "1", linkname: "link/sentinel" }),
  "a named pipe": rawHeader({ name: "link/sentinel", type: "6" }),
  "a whiteout": rawHeader({ name: "link/.wh.sentinel" }),
  "an opaque mark": rawHeader({ name: "link/.wh..wh..opq" }),
};

const OUT = ["/", "..", "../out-sibling", "../../..", "/tmp", "./.././out-sibling"];
const IN = ["dir", "./dir", "/dir", "dir/../dir", "/../dir"];

/** A link and what is below it: in one layer, or in two. */
function layersOf(to: string, below: string, count: number): Buffer[] {
  const dir = Buffer.concat([
    rawHeader({ name: "dir/", type: "5", mode: "0000755\0" }),
    rawHeader({ name: "dir/sentinel", size: 1 }),
    toBlocks("s"),
  ]);
  const link = rawHeader({ name: "link", type: "2", linkname: to });
  const more = BELOW[below]!;
  return count === 1 ? [archive(dir, link, more)] : [archive(dir, link), archive(more)];
}

describe.each([1, 2])("hostile: below a link that leads out, in %d layers,", (count) => {
  it.each(selectCases(cross(Object.keys(BELOW), OUT)))("%s: %s", async (below, to) => {
    const shown = await resultOf(layersOf(to, below, count));
    // What is out of the image is not what its links lead to.
    if (shown) expect(shown).toMatchObject({ "dir": "d", "dir/sentinel": "f s" });
  });
});

/** What shows below the folder that the link leads to, when it comes in the same layer. */
const FOLLOWED: Readonly<Record<string, Shown>> = {
  "a file": { "dir/sentinel": "f x", "link": "l " },
  "a new file": { "dir/sentinel": "f s", "dir/x": "f x", "link": "l " },
  "a folder": { "dir/sub": "d", "link": "l " },
  "a folder in its place": { "link": "d" },
  "a symbolic link": { "dir/sentinel": "l x", "link": "l " },
  "a named pipe": { "dir/sentinel": "p", "link": "l " },
};

describe("harmless: below a link that leads to a folder of the image,", () => {
  it.each(selectCases(cross(Object.keys(FOLLOWED), IN)))("%s: %s", async (below, to) => {
    const expected = Object.entries(FOLLOWED[below]!).map(([path, what]) =>
      [path, what === "l " ? `l ${to}` : what] as const
    );
    expect(await resultOf(layersOf(to, below, 1))).toMatchObject(Object.fromEntries(expected));
  });
});
