/** What is kept of a file, with and without root. */
import { describe, expect, it } from "vitest";
import type { FlatEntry } from "../../src/flatten/types.ts";
import { createLeftOut, keepAttributes, ROOTLESS } from "../../src/unpack/attributes.ts";
import { createNaming } from "../../src/unpack/naming.ts";
import { noticesOf } from "../../src/unpack/notices.ts";
import { encodeResource } from "../../src/unpack/rootless.ts";
import { temporaryFolder } from "../support/folder.ts";

const ENTRY: FlatEntry = {
  path: "f",
  type: "file",
  file: 1,
  linkTo: undefined,
  linkpath: "",
  size: 0,
  storedSize: 0,
  sparse: undefined,
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  mtime: 0n,
  devmajor: 0,
  devminor: 0,
  xattrs: new Map(),
  layer: 1,
};

const bytes = (text: string) => Buffer.from(text);
const root = { owners: true, special: false };
const user = { owners: false, special: false };

function kept(fields: Partial<FlatEntry>, powers: { owners: boolean; special: boolean }) {
  const left = createLeftOut();
  const { mode, xattrs } = keepAttributes({ ...ENTRY, ...fields }, powers, left);
  return { mode, xattrs: [...xattrs.keys()], left };
}

describe("keptOf", () => {
  it("takes set-ID bits from files, and only from these", () => {
    expect(kept({ mode: 0o6755 }, root)).toMatchObject({ mode: 0o755, left: { setIds: 1 } });
    expect(kept({ mode: 0o6755 }, { ...root, special: true }).mode).toBe(0o6755);
    expect(kept({ mode: 0o3777, type: "directory" }, user).mode).toBe(0o3777);
    expect(kept({ mode: 0o1644 }, user).mode).toBe(0o1644);
  });

  it("keeps the attributes that it may set, and that are the file's own", () => {
    const xattrs = new Map([
      ["user.a", bytes("1")],
      ["trusted.b", bytes("2")],
      ["security.capability", bytes("3")],
      ["security.selinux", bytes("4")],
      ["trusted.overlay.opaque", bytes("y")],
    ]);
    expect(kept({ xattrs }, root)).toMatchObject({
      xattrs: ["user.a", "trusted.b"],
      left: { capabilities: 1, xattrs: 0 },
    });
    expect(kept({ xattrs }, { ...root, special: true }).xattrs).toContain("security.capability");
    expect(kept({ xattrs }, { ...user, special: true })).toMatchObject({
      xattrs: ["user.a"],
      left: { capabilities: 1, xattrs: 1 },
    });
  });

  it("writes owners down where it cannot set them", () => {
    expect(kept({ uid: 5 }, user).xattrs).toEqual([ROOTLESS]);
    expect(kept({ gid: 5, type: "directory" }, user).xattrs).toEqual([ROOTLESS]);
    expect(kept({ uid: 5, type: "symlink" }, user).xattrs).toEqual([]);
    expect(kept({}, user).xattrs).toEqual([]);
    expect(kept({ uid: 5 }, root).xattrs).toEqual([]);
  });
});

describe("resourceOf", () => {
  // As protoc encodes them.
  it.each([
    [5, 6, "08051006"],
    [0, 6, "1006"],
    [1000, 0, "08e807"],
    [300, 4294967295, "08ac0210ffffffff0f"],
  ])("encodes %d:%d", (uid, gid, hex) => {
    expect(Buffer.from(encodeResource(uid, gid)).toString("hex")).toBe(hex);
  });
});

describe("noticesOf", () => {
  it("gives the reason for each loss", () => {
    const left = { devices: 1, setIds: 0, capabilities: 2, xattrs: 3, fifos: 1 };
    expect(noticesOf({ left, powers: root, tar: true })).toEqual([
      "left out 1 device, 2 files with capabilities (--special keeps such)",
      "left out 1 FIFO, 3 extended attributes (the file system has no room for them)",
    ]);
    expect(noticesOf({ left, powers: { ...user, special: true }, tar: true })).toEqual([
      "left out 1 device, 2 files with capabilities (takes root)",
      "left out 1 FIFO, 3 extended attributes (takes root)",
    ]);
    expect(noticesOf({ left: { ...left, devices: 0, capabilities: 0 }, powers: user, tar: false }))
      .toEqual(["left out 1 FIFO, 3 extended attributes (takes GNU tar)"]);
    expect(noticesOf({ left: createLeftOut(), powers: root, tar: false })).toEqual([]);
  });
});

describe("naming (T9)", () => {
  it.each(["C:evil", "a/b\\c", "a/con", "lpt1.txt/x", "x./y", "ends ", "a:b", "q?"])(
    "refuses %j on Windows",
    async (name) => {
      const spare = `${await temporaryFolder()}/`;
      const windows = createNaming("base/", spare, "win32");
      expect(() => windows.pathOf(name)).toThrow(/Windows cannot name a file/);
      expect(createNaming("base/", spare, "linux").pathOf(name)).toBe(`base/${name}`);
    },
  );

  it("takes harmless names there", async () => {
    const windows = createNaming("base/", `${await temporaryFolder()}/`, "win32");
    for (const name of ["a/b", "console", ".profile", "a b", "lpt10"]) {
      expect(windows.pathOf(name)).toBe(`base/${name}`);
    }
  });
});
