/**
 * The ways out of a folder that containerd and Docker try themselves; the tars are ours. What is
 * harmless in them shows what it shows there.
 * @see https://github.com/containerd/containerd/blob/main/pkg/archive/tar_test.go TestBreakouts
 * @see https://github.com/moby/go-archive/blob/main/archive_test.go TestUntarInvalid…
 */
import { rawHeader, toBlocks } from "../../tar/support/raw.ts";

/** Members of a tar for each layer, and what the image then shows. */
export type Breakout = readonly [
  name: string,
  layers: readonly (readonly Buffer[])[],
  shows: Readonly<Record<string, string>> | "refused",
  lacks?: string,
];

const dir = (name: string) => rawHeader({ name: `${name}/`, type: "5", mode: "0000755\0" });
const symlink = (linkname: string, name: string) => rawHeader({ name, type: "2", linkname });
const link = (linkname: string, name: string) => rawHeader({ name, type: "1", linkname });
const file = (name: string, text = "") =>
  Buffer.concat([rawHeader({ name, size: text.length }), toBlocks(text)]);

const passwd = Buffer.concat([dir("etc"), file("/etc/passwd", "inside")]);
const below = Buffer.concat([passwd, dir("localetc")]);
const linked = Buffer.concat([passwd, symlink("/etc", "localetc")]);

/** containerd's, by their names. What it takes as a folder called `.wh.etc` the specification forbids. */
export const CONTAINERD: readonly Breakout[] = [
  [
    "SymlinkAbsolute",
    [[dir("etc"), symlink("/etc", "localetc"), file("/localetc/unbroken", "x")]],
    { "etc/unbroken": "f x" },
  ],
  ["SymlinkUpAndOut", [[
    dir("etc"),
    dir("dummy"),
    symlink("/dummy/../etc", "localetc"),
    file("/localetc/unbroken", "x"),
  ]], { "etc/unbroken": "f x" }],
  ["SymlinkMultipleAbsolute", [[
    dir("etc"),
    dir("dummy"),
    symlink("/etc", "/dummy/etc"),
    symlink("/dummy/etc", "localetc"),
    file("/dummy/etc/unbroken", "x"),
  ]], { "etc/unbroken": "f x" }],
  ["SymlinkMultipleRelative", [[
    dir("etc"),
    dir("dummy"),
    symlink("/etc", "/dummy/etc"),
    symlink("./dummy/etc", "localetc"),
    file("/dummy/etc/unbroken", "x"),
  ]], { "etc/unbroken": "f x" }],
  ["SymlinkEmptyFile", [[
    dir("etc"),
    file("etc/emptied", "notempty"),
    symlink("/etc", "localetc"),
    file("/localetc/emptied"),
  ]], { "etc/emptied": "f " }],
  ["HardlinkRelative", [[
    passwd,
    dir("breakouts"),
    symlink("../../etc", "breakouts/d1"),
    link("/breakouts/d1/passwd", "breakouts/mypasswd"),
  ]], { "breakouts/mypasswd": "f inside" }],
  ["HardlinkDownAndOut", [[
    passwd,
    dir("breakouts"),
    dir("downandout"),
    symlink("../downandout/../../etc", "breakouts/d1"),
    link("/breakouts/d1/passwd", "breakouts/mypasswd"),
  ]], { "breakouts/mypasswd": "f inside" }],
  ["HardlinkAbsolute", [[linked, link("/localetc/passwd", "localpasswd")]], {
    "localpasswd": "f inside",
  }],
  ["HardlinkRelativeLong", [[
    passwd,
    symlink("../../../../../../../etc", "localetc"),
    link("/localetc/passwd", "localpasswd"),
  ]], { "localpasswd": "f inside" }],
  ["HardlinkRelativeUpAndOut", [[
    passwd,
    symlink("upandout/../../../etc", "localetc"),
    link("/localetc/passwd", "localpasswd"),
  ]], { "localpasswd": "f inside" }],
  ["HardlinkDirectRelative", [[passwd, link("../../../../../etc/passwd", "localpasswd")]], {
    "localpasswd": "f inside",
  }],
  ["HardlinkDirectAbsolute", [[passwd, link("/etc/passwd", "localpasswd")]], {
    "localpasswd": "f inside",
  }],
  [
    "SymlinkParentDirectory",
    [[passwd, symlink("/etc/", ".."), link("/etc/passwd", "localpasswd")]],
    "refused",
  ],
  [
    "SymlinkEmptyFilename",
    [[passwd, symlink("/etc/", ""), link("/etc/passwd", "localpasswd")]],
    "refused",
  ],
  ["SymlinkParentRelative", [[
    passwd,
    symlink("/etc/", "localetc/sub/.."),
    link("/etc/passwd", "/localetc/localpasswd"),
  ]], "refused"],
  ["SymlinkSlashEnded", [[below, link("/etc/passwd", "/localetc/localpasswd")]], {
    "localetc/localpasswd": "f inside",
  }],
  ["SymlinkOverrideDirectory", [[below], [
    symlink("/etc", "localetc"),
    link("/etc/passwd", "/localetc/localpasswd"),
  ]], { "etc/localpasswd": "f inside", "localetc": "l /etc" }],
  ["SymlinkOverrideDirectoryRelative", [[below], [
    symlink("../../etc", "localetc"),
    link("/etc/passwd", "/localetc/localpasswd"),
  ]], { "etc/localpasswd": "f inside" }],
  ["DirectoryOverrideSymlink", [[linked], [
    dir("localetc"),
    link("/etc/passwd", "/localetc/localpasswd"),
  ]], { "localetc": "d", "localetc/localpasswd": "f inside" }],
  ["DirectoryOverrideSymlinkAndHardlink", [[
    passwd,
    symlink("etc", "localetc"),
    link("/etc/passwd", "/localetc/localpasswd"),
  ], [dir("localetc"), file("/localetc/localpasswd", "different")]], {
    "localetc/localpasswd": "f different",
    "etc/passwd": "f inside",
  }],
  ["WhiteoutRootParent", [[passwd], [file(".wh...")]], "refused"],
  ["WhiteoutParent", [[passwd], [file("etc/.wh...")]], "refused"],
  ["WhiteoutRoot", [[passwd], [file(".wh..")]], "refused"],
  ["WhiteoutCurrentDirectory", [[passwd], [file("etc/.wh..")]], "refused"],
  ["WhiteoutSymlink", [[linked], [file(".wh.localetc")]], { "etc/passwd": "f inside" }, "localetc"],
  [
    "WhiteoutSymlinkPath",
    [[linked, file("etc/whitedout", "x")], [file("localetc/.wh.whitedout")]],
    { "etc/passwd": "f inside", "etc/whitedout": "f x" },
  ],
  ["WhiteoutDirectoryName", [[passwd], [file(".wh.etc/somefile", "non-empty")]], "refused"],
  [
    "WhiteoutDeadSymlinkParent",
    [[passwd, symlink("/dne", "localetc")], [file("localetc/.wh.etc")]],
    { "etc/passwd": "f inside" },
  ],
  ["WhiteoutRelativePath", [[passwd], [file("dne/../.wh.etc")]], "refused"],
  ["SymlinkOverridePath", [[
    dir("foo"),
    dir("foo/tmp"),
    file("foo/tmp/breakout", "012"),
    symlink("/", "foo"),
    file("foo/tmp/breakout", "345"),
    dir("foo"),
    dir("foo/tmp"),
    file("foo/tmp/breakout", "678"),
  ]], { "foo/tmp/breakout": "f 678" }],
  ["HardlinkSymlinkBeforeCreateTarget", [[
    dir("etc"),
    symlink("/etc/passwd", "localpasswd"),
    link("localpasswd", "dup"),
    file("/etc/passwd", "after"),
  ]], { "dup": "l /etc/passwd" }],
  ["HardlinkSymlinkRelative", [[
    passwd,
    symlink("../../../../../etc/passwd", "passwdlink"),
    link("/passwdlink", "localpasswd"),
  ]], { "localpasswd": "l ../../../../../etc/passwd" }],
  ["HardlinkSymlinkAbsolute", [[
    passwd,
    symlink("/etc/passwd", "passwdlink"),
    link("/passwdlink", "localpasswd"),
  ]], { "localpasswd": "l /etc/passwd" }],
  ["HardlinkSymlinkChmod", [[symlink("/../sentinel", "outside"), link("outside", "sketchylink")]], {
    "sketchylink": "l /../sentinel",
  }],
];
/** Docker's; `out-sibling` is its victim: what is there stays, which `resultOf` looks at. */
export const MOBY: readonly Breakout[] = [
  ["a hard link to a folder outside, and a file in it", [[
    link("../out-sibling", "loophole"),
    file("loophole/file", "x"),
  ]], "refused"],
  ["a hard link to a folder outside, a symbolic link through it", [[
    link("../out-sibling", "loophole"),
    symlink("loophole/sentinel", "read"),
  ]], "refused"],
  ["a hard link to a folder outside, a hard link through it", [[
    link("../out-sibling", "loophole"),
    link("loophole/sentinel", "read"),
  ]], "refused"],
  ["a hard link to a folder outside, a file in its place", [[
    link("../out-sibling", "loophole"),
    file("loophole", "x"),
  ]], "refused"],
  ["a symbolic link outside, and a file through it", [[
    symlink("../out-sibling", "loophole"),
    file("loophole/file", "x"),
  ]], { "out-sibling/file": "f x" }],
  ["a symbolic link outside, a symbolic link through it", [[
    symlink("../out-sibling", "loophole"),
    symlink("loophole/sentinel", "read"),
  ]], { read: "l loophole/sentinel" }],
  ["a symbolic link outside, a hard link through it", [[
    symlink("../out-sibling", "loophole"),
    link("loophole/sentinel", "read"),
  ]], "refused"],
  ["a symbolic link outside, a file in its place", [[
    symlink("../out-sibling", "loophole"),
    file("loophole", "x"),
  ]], { loophole: "f x" }],
  ["a symbolic link in a folder, new folders through it", [[
    symlink("../../out-sibling", "dir/loophole"),
    file("dir/loophole/new/file", "x"),
  ]], { "out-sibling/new/file": "f x" }],
];
