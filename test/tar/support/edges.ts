/** Members at the edges of what headers can say. */
import type { TarFields } from "../../../src/tar/entry.ts";

export interface Edge {
  readonly fields: TarFields;
  readonly content: string;
}

const LENGTHS = [1, 99, 100, 101, 155, 156, 157, 255, 256, 257, 511, 512, 513, 1025];

/** Names of exactly so many bytes: in one part, in two, and with a slash at the place that counts. */
function namesOf(length: number): string[] {
  const flat = "n".repeat(length);
  const slashAt = [1, 99, 100, 154, 155, 156, length - 2].filter((at) => at > 0 && at < length - 1);
  return [flat, ...slashAt.map((at) => `${flat.slice(0, at)}/${flat.slice(at + 1)}`)];
}

/** As many bytes in characters of two and three, so that limits fall within them. */
function wideNamesOf(length: number): string[] {
  if (length < 4) return [];
  const wide = (character: string, bytes: number) =>
    character.repeat(Math.floor(length / bytes)) + "x".repeat(length % bytes);
  return [wide("é", 2), wide("€", 3), wide("\u{1f600}", 4)];
}

const names = LENGTHS.flatMap((length) => [...namesOf(length), ...wideNamesOf(length)]);
const notUtf8 = ["\udcff", "a/\udcc3(", `${"\udce9".repeat(100)}`, `${"\udce9".repeat(101)}`];

function edge(fields: TarFields, content = ""): Edge {
  return { fields: { mode: 0o644, ...fields, size: content.length }, content };
}

const SECOND = 1_000_000_000n;

/** Members that all formats but v7 and ustar can hold. */
export const edges: readonly Edge[] = [
  ...[...names, ...notUtf8].flatMap((name) => [
    edge({ path: name }, "content"),
    edge({ path: `${name}/`, type: "directory", mode: 0o755 }),
    edge({ path: "link", type: "symlink", linkpath: name, mode: 0o777 }),
    edge({ path: "link", type: "hardlink", linkpath: name }),
  ]),
  ...[0, 1, 511, 512, 513, 1024, 70_000].map((size) => edge({ path: `${size}` }, "x".repeat(size))),
  ...[2 ** 21 - 1, 2 ** 21, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2].flatMap((id) => [
    edge({ path: `uid${id}`, uid: id }),
    edge({ path: `gid${id}`, gid: id }),
  ]),
  ...[-1n, -2_000_000_000n, 8n ** 11n - 1n, 8n ** 11n].map((seconds) =>
    edge({ path: `mtime${seconds}`, mtime: seconds * SECOND })
  ),
  ...[0, 0o7777, 0o4755, 0o1777].map((mode) => edge({ path: `mode${mode}`, mode })),
  edge({ path: "console", type: "char", devmajor: 5, devminor: 1 }),
  edge({ path: "sda", type: "block", devmajor: 2 ** 12 - 1, devminor: 2 ** 20 - 1 }),
  edge({ path: "pipe", type: "fifo" }),
  edge({ path: "/absolute" }),
  edge({ path: "./dot" }),
  edge({ path: "../up" }),
  edge({ path: "sp ace\ttab\nnewline\\back\x7fdel" }),
];

/** Members that only PAX can hold. */
export const paxEdges: readonly Edge[] = [
  ...[1n, 999_999_999n, 1_500_000_000n].map((mtime) => edge({ path: `ns${mtime}`, mtime })),
  edge({
    path: "xattrs",
    xattrs: new Map([
      ["user.empty", Buffer.alloc(0)],
      ["user.newline", Buffer.from("a\n12 path=evil\n")],
      ["security.capability", Buffer.from("0100000200200000000000000000000000000000", "hex")],
      ["user.large", Buffer.alloc(60_000, "x")],
    ]),
  }),
  edge({ path: "keys", xattrs: new Map(["a=b", "a%b", "%3D", "%25", "%%25="].map(plainKey)) }),
  edge({ path: "owner", uname: "u".repeat(32), gname: "gruppe-ü" }),
];

/** Of which GNU tar 1.34 reads -1.5 as -0.5, its own archives too. */
export const fractionsBefore1970: readonly Edge[] = [-1n, -1_500_000_000n, -999_999_999n].map(
  (mtime) => edge({ path: `ns${mtime}`, mtime }),
);

function plainKey(key: string): [string, Uint8Array] {
  return [`user.${key}`, Buffer.from(key)];
}
