/** Members at the edges of what headers can say, written by Python and by us, read by all. */
import { describe, expect, it } from "vitest";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { encodeName } from "../../src/tar/name.ts";
import { writeTar } from "../../src/tar/write.ts";
import { hashOf, heard, inOne, readAll, said } from "./support/bytes.ts";
import { type Edge, edges, fractionsBefore1970, paxEdges } from "./support/edges.ts";
import { gnuList, hasGnuTar, hasPython, listed, python, pythonList } from "./support/oracles.ts";

/** Python's archive of the members, but for those that it refuses to write in that format. */
const WRITE = `
import io, json, sys, tarfile
TYPES = {"file": b"0", "hardlink": b"1", "symlink": b"2", "char": b"3", "block": b"4", "directory": b"5", "fifo": b"6"}
format = getattr(tarfile, sys.argv[1] + "_FORMAT")
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=format) as tar:
    for m in json.loads(sys.stdin.buffer.read()):
        info = tarfile.TarInfo(bytes.fromhex(m["path"]).decode("utf8", "surrogateescape"))
        info.linkname = bytes.fromhex(m["linkpath"]).decode("utf8", "surrogateescape")
        info.type, info.size = TYPES[m["type"]], len(m["content"])
        info.mode, info.uid, info.gid, info.mtime = m["mode"], m["uid"], m["gid"], m["mtime"]
        info.devmajor, info.devminor = m["devmajor"], m["devminor"]
        try:
            tar.addfile(info, io.BytesIO(m["content"].encode()))
        except (ValueError, OverflowError):
            sys.stderr.write("refused ")
`;

function byPython(format: string, members: readonly Edge[]): Buffer {
  const json = members.map(({ fields, content }) => ({
    ...{ type: "file", uid: 0, gid: 0, devmajor: 0, devminor: 0 },
    ...fields,
    path: hex(fields.path.replace(/\/$/, "")),
    linkpath: hex(fields.linkpath ?? ""),
    mtime: Number(fields.mtime ?? 0n) / 1e9,
    content,
  }));
  return python(WRITE, Buffer.from(JSON.stringify(json)), [format]);
}

function hex(name: string): string {
  return Buffer.from(encodeName(name)).toString("hex");
}

async function byUs(members: readonly Edge[]): Promise<Buffer> {
  const inputs = members.map(({ fields, content }) => {
    return { fields, data: streamBytes(Buffer.from(content)) };
  });
  return await collectStream(writeTar(inputs), 1e8, "the archive");
}

/** Checks that all readers see what we see. */
async function checkReaders(archive: Buffer): Promise<string[]> {
  const members = await readAll(inOne(archive));
  const ours = members.map(({ entry }) => listed(entry));
  if (hasGnuTar) expect(gnuList(archive)).toEqual(ours);
  if (hasPython) {
    const [theirs] = pythonList(archive);
    expect(theirs?.map(({ uname: _, gname: _gname, pax: _pax, ...rest }) => rest)).toEqual(
      members.map(({ sha256 }, n) => ({ ...ours[n], sha256 })),
    );
  }
  return ours.map(({ path }) => path);
}

describe("edges", () => {
  for (const format of ["GNU", "PAX"]) {
    it.skipIf(!hasPython)(`as Python writes them: ${format}`, async () => {
      const paths = await checkReaders(byPython(format, edges));
      expect(paths).toEqual(edges.map(({ fields }) => fields.path.replace(/\/$/, "")));
    });
  }

  it.skipIf(!hasPython)("as Python writes them: USTAR, what fits", async () => {
    expect((await checkReaders(byPython("USTAR", edges))).length).toBeGreaterThan(100);
  });

  it("as we write them", async () => {
    const all = [...edges, ...paxEdges];
    const paths = await checkReaders(await byUs(all));
    expect(paths).toEqual(all.map(({ fields }) => fields.path.replace(/\/$/, "")));
  });

  it("come back with all that was said of them", async () => {
    const all = [...edges, ...paxEdges, ...fractionsBefore1970];
    const read = await readAll(inOne(await byUs(all)));
    expect(read.map((member, n) => heard(member, all[n]!.fields))).toEqual(
      all.map(({ fields, content }) => ({
        ...said(fields),
        content: hashOf(Buffer.from(content)),
      })),
    );
  });

  it.skipIf(!hasPython)("have the times before 1970 that Python finds there", async () => {
    const [theirs] = pythonList(await byUs(fractionsBefore1970));
    expect(theirs?.map(({ mtime }) => mtime)).toEqual([-1, -2, -1]);
  });

  it.skipIf(!hasPython)("have the xattrs in PAX that Python finds there", async () => {
    const [theirs] = pythonList(await byUs(paxEdges));
    const found = theirs?.find(({ path }) => path === "xattrs")?.pax;
    expect(found?.["SCHILY.xattr.user.newline"]).toBe("a\n12 path=evil\n");
    expect(found?.["SCHILY.xattr.user.large"]).toBe("x".repeat(60_000));
  });
});
