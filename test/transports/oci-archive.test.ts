import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { digestOf } from "../../src/bytes/digest.ts";
import { openFile } from "../../src/bytes/disk/file.ts";
import { readContent } from "../../src/image/content.ts";
import type { Image, Root } from "../../src/image/root.ts";
import type { Source } from "../../src/image/source.ts";
import { indexTar } from "../../src/tar/index.ts";
import { blobPathOf } from "../../transports/lib/layout.ts";
import { transport as placed } from "../../transports/oci-archive.ts";
import { archiveOf, type Members } from "../support/archives.ts";
import { folderToDispose, temporaryFolder } from "../support/folder.ts";
import { image, sourceOf } from "../support/images.ts";
import { conformance } from "./conformance.ts";
import { atLocation } from "../support/at-location.ts";

const transport = atLocation(placed);

const LIMIT = 1 << 26;

conformance(placed, async () => {
  const { path, dispose } = await folderToDispose();
  const file = join(path, "archive.tar");
  return { location: (name) => name === undefined ? file : `${file}:${name}`, dispose };
}, { manifests: true, indexes: true, artifacts: true, adds: false, names: ["v1", "name:latest"] });

async function store(roots: Readonly<Record<string, Root>>, location: string): Promise<void> {
  const to = await transport.sink(location);
  await copy(sourceOf(roots), to, { all: Object.keys(roots).length > 1 });
  await to[Symbol.asyncDispose]();
}

/** A source that is open until the test is over. */
async function open(location: string): Promise<Source> {
  const source = await transport.source(location);
  onTestFinished(async () => await source[Symbol.asyncDispose]());
  return source;
}

async function openBytes(bytes: Uint8Array): Promise<Source> {
  const file = join(await temporaryFolder(), "archive.tar");
  await writeFile(file, bytes);
  return await open(file);
}

/** What a source lists of images that have these names. */
const listed = (...names: string[]) =>
  names.map((name) => expect.objectContaining({ select: name, name }));

/** A layout of one image, and changes to it. */
async function layout(put: Image, changes: Members = {}): Promise<Buffer> {
  const blobs = [put.manifest, put.config, ...put.layers].map(async (content) =>
    [blobPathOf(content.descriptor.digest), await readContent(content, LIMIT)] as const
  );
  return await archiveOf({
    "blobs/": { type: "directory" },
    ...Object.fromEntries(await Promise.all(blobs)),
    "oci-layout": Buffer.from('{"imageLayoutVersion":"1.0.0"}'),
    "index.json": Buffer.from(
      JSON.stringify({ schemaVersion: 2, manifests: [put.manifest.descriptor] }),
    ),
    ...changes,
  });
}

describe("oci-archive", () => {
  it("writes a layout in one pass, the same into a file and a pipe", async () => {
    const folder = await temporaryFolder();
    const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
    const file = join(folder, "a.tar");
    await store({ it: put }, `${file}:v1`);
    const archive = await openFile(file);
    const { members } = await indexTar(archive);
    await archive[Symbol.asyncDispose]();
    expect(members.map(({ entry }) => entry.path)).toEqual([
      "oci-layout",
      ...[...put.layers, put.config, put.manifest].map(({ descriptor: { digest } }) =>
        blobPathOf(digest)
      ),
      "index.json",
    ]);
    for (const { entry } of members) {
      expect(entry).toMatchObject({ mtime: 0n, uid: 0, gid: 0, uname: "", gname: "" });
    }
    const fifo = join(folder, "fifo");
    await promisify(execFile)("mkfifo", [fifo]);
    // By another process: on Deno, to write to a full pipe holds up all that this one does.
    const piped = promisify(execFile)("cat", [fifo], { encoding: "buffer" });
    await store({ it: put }, `${fifo}:v1`);
    expect((await piped).stdout).toEqual(await readFile(file));
  });

  it("holds several images, shared blobs once", async () => {
    const file = join(await temporaryFolder(), "a.tar");
    const one = await image({ layers: [{ a: "1" }, { b: "2" }] });
    const two = await image({ layers: [{ a: "1" }, { c: "3" }] });
    await store({ one, two, three: one }, file);
    const source = await open(file);
    expect(await source.list!()).toEqual(listed("one", "two", "three"));
    for (const [name, put] of Object.entries({ one, two, three: one })) {
      expect((await source.resolve(name)).manifest.descriptor.digest)
        .toBe(put.manifest.descriptor.digest);
    }
    await expect(source.resolve()).rejects.toMatchObject({ code: "USAGE" });
    const archive = await openFile(file);
    const { members } = await indexTar(archive);
    await archive[Symbol.asyncDispose]();
    expect(members).toHaveLength(1 + 3 + 2 + 2 + 1);
  });

  it("replaces a file when it has succeeded, and keeps the names of no other", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "a.tar");
    await store({ it: await image() }, `${file}:first`);
    await store({ it: await image() }, `${file}:second`);
    expect(await (await open(file)).list!()).toEqual(listed("second"));
    expect(await readdir(folder)).toEqual(["a.tar"]);
  });

  it("reads what docker save has written since Docker 25", async () => {
    const put = await image({ compression: "none" });
    const { mediaType, digest, size } = put.manifest.descriptor;
    const annotations = {
      "io.containerd.image.name": "docker.io/library/app:v1",
      "org.opencontainers.image.ref.name": "v1",
    };
    const manifests = [{ mediaType, digest, size, annotations }];
    const source = await openBytes(
      await layout(put, {
        "index.json": Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })),
        "manifest.json": Buffer.from("[]"),
      }),
    );
    for (const reference of ["v1", "docker.io/library/app:v1", undefined]) {
      expect((await source.resolve(reference)).manifest.descriptor.digest).toBe(digest);
    }
  });

  it("calls images by the whole name where containerd and Docker have written one", async () => {
    const [one, two] = [await image(), await image()];
    const entry = (put: Image, annotations: object) => ({
      ...put.manifest.descriptor,
      annotations,
    });
    const [full, tag] = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
    const [web, db] = ["docker.io/library/web:1", "docker.io/library/db:1"];
    const manifests = [
      entry(one, { [full]: web, [tag]: "1" }),
      entry(two, { [full]: db, [tag]: "1" }),
      entry(one, { [full]: "quay.io/org/app:2" }),
      entry(two, { [tag]: "plain" }),
      entry(one, {}),
    ];
    const blobs = [two.manifest, two.config, ...two.layers];
    const source = await openBytes(
      await layout(one, {
        ...Object.fromEntries(
          await Promise.all(
            blobs.map(async (blob) =>
              [blobPathOf(blob.descriptor.digest), await readContent(blob, LIMIT)] as const
            ),
          ),
        ),
        "index.json": Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })),
      }),
    );
    const [id, other] = [one, two].map(({ manifest }) => manifest.descriptor.digest);
    expect(await source.list!()).toEqual([
      { select: web, name: web, id },
      { select: db, name: db, id: other },
      { select: "quay.io/org/app:2", name: "quay.io/org/app:2", id },
      { select: "plain", name: "plain", id: other },
      { select: id, id },
    ]);
    for (
      const [reference, digest] of [
        [web, id],
        ["web:1", id],
        ["db:1", other],
        ["quay.io/org/app:2", id],
        ["plain", other],
        [undefined, id],
      ]
    ) {
      expect((await source.resolve(reference)).manifest.descriptor.digest).toBe(digest);
    }
    await expect(source.resolve("web")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("lists what two images are called, each by what means it", async () => {
    const [one, two] = [await image(), await image()];
    const annotations = { "org.opencontainers.image.ref.name": "it" };
    const manifests = [one, two].map(({ manifest }) => ({ ...manifest.descriptor, annotations }));
    const source = await openBytes(
      await layout(two, {
        "index.json": Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })),
      }),
    );
    const [id, other] = [one, two].map(({ manifest }) => manifest.descriptor.digest);
    expect(await source.list!()).toEqual([
      { select: id, name: "it", id },
      { select: "it", name: "it", id: other },
    ]);
    expect((await source.resolve("it")).manifest.descriptor.digest).toBe(other);
  });

  it("reads compressed archives, and paths that begin with ./", async () => {
    const put = await image();
    const bytes = await layout(put);
    const dotted = await archiveOf([
      ["./oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
      [
        "./index.json",
        Buffer.from(JSON.stringify({
          schemaVersion: 2,
          manifests: [put.manifest.descriptor],
        })),
      ],
      ...await Promise.all(
        [put.manifest, put.config, ...put.layers].map(async (content) =>
          [`./${blobPathOf(content.descriptor.digest)}`, await readContent(content, LIMIT)] as const
        ),
      ),
    ]);
    for (const archive of [bytes, gzipSync(bytes), dotted]) {
      const got = await (await openBytes(archive)).resolve() as Image;
      expect(await readContent(got.layers[0]!, LIMIT)).toEqual(
        await readContent(put.layers[0]!, LIMIT),
      );
    }
  });

  it("finds out when a blob is missing, wrong or a link out of the archive", async () => {
    const put = await image();
    const path = blobPathOf(put.layers[0]!.descriptor.digest);
    for (
      const [change, code] of [
        [{ type: "symlink", linkpath: "../../../../etc/passwd" }, "UNSAFE"],
        [{ type: "symlink", linkpath: "nowhere" }, "NOT_FOUND"],
        [{ type: "fifo" }, "MALFORMED"],
        [Buffer.alloc(put.layers[0]!.descriptor.size), "DIGEST"],
        [Buffer.alloc(10), "SIZE"],
      ] as const
    ) {
      const got = await (await openBytes(await layout(put, { [path]: change }))).resolve() as Image;
      await expect(readContent(got.layers[0]!, LIMIT)).rejects.toMatchObject({ code });
    }
    const manifest = blobPathOf(put.manifest.descriptor.digest);
    const changed = await layout(put, { [manifest]: Buffer.alloc(put.manifest.descriptor.size) });
    await expect((await openBytes(changed)).resolve()).rejects.toMatchObject({ code: "DIGEST" });
  });

  it("refuses archives that are not layouts", async () => {
    const saved = await archiveOf({ "manifest.json": Buffer.from("[]") });
    await expect(openBytes(saved)).rejects.toMatchObject({
      hint: expect.stringContaining("docker-archive:"),
    });
    for (
      const [bytes, code] of [
        [await archiveOf({ readme: Buffer.from("hello") }), "NOT_FOUND"],
        [
          await archiveOf({ "oci-layout": Buffer.from('{"imageLayoutVersion":"2.0.0"}') }),
          "UNSUPPORTED",
        ],
        [await layout(await image(), { "index.json": Buffer.from("{") }), "MALFORMED"],
        [(await layout(await image())).subarray(0, 1500), "MALFORMED"],
        [Buffer.from(digestOf(Buffer.alloc(0))), "MALFORMED"],
      ] as const
    ) {
      await expect(openBytes(bytes)).rejects.toMatchObject({
        code,
        message: expect.stringContaining("archive.tar"),
      });
    }
  });
});
