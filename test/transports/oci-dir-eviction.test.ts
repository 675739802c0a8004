/** A folder of layouts below a size: what goes, what stays, and what is left when it is cut short. */
import { link, mkdir, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type Digest, digestOf } from "../../src/bytes/digest.ts";
import { makeTemporaryName } from "../../src/bytes/disk/owner.ts";
import { content, readContent } from "../../src/image/content.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import { selectVictims } from "../../transports/oci-dir/eviction/evict.ts";
import { createBlobEvictor } from "../../transports/oci-dir/eviction/mod.ts";
import {
  type LayoutRepository,
  openLayoutRepository,
} from "../../transports/oci-dir/repository/mod.ts";
import { temporaryFolder } from "../support/folder.ts";

/** In milliseconds: on a busy machine a disk takes more than vitest waits. */
const PATIENCE = 20_000;
const HOUR = 3_600_000;

describe("selectVictims", () => {
  const now = 100 * HOUR;
  const file = (size: number, age: number, isWritten = false) => ({
    size,
    used: now - age,
    links: isWritten ? [] : [{ layout: "l", digest: digestOf(Buffer.from(`${age}`)), path: "p" }],
  });
  const [old, older, oldest] = [file(40, HOUR), file(40, 2 * HOUR), file(40, 3 * HOUR)];
  it.each([
    ["nothing of what is not too much", [old, oldest], 80, []],
    ["the oldest", [old, oldest, older], 119, [oldest]],
    ["so many that there is room again", [old, oldest, older], 85, [oldest, older]],
    ["the oldest first, as many as it takes", [old, oldest, older], 40, [oldest, older, old]],
    ["what alone is too much, and nothing for it", [old, file(200, 5), file(201, HOUR)], 50, [
      file(201, HOUR),
    ]],
    ["not what is in use", [file(40, 9_000), file(40, 5)], 50, []],
    ["not what is being written, which counts", [file(40, HOUR, true), old], 50, [old]],
    ["first what was used before the clock was set back", [oldest, file(40, -HOUR)], 50, [
      file(40, -HOUR),
    ]],
    ["not what another's clock says is used in a moment", [file(40, -5_000), old], 50, [old]],
  ])("selects %s", (_, files, most, victims) => {
    expect(selectVictims(files, most, now)).toEqual(victims);
  });
});

/** A folder in which blobs of 100 bytes are, an hour older each than the one before. */
async function createFolder() {
  const folder = await temporaryFolder();
  const layouts = new Map<string, LayoutRepository>();
  const layoutOf = async (name: string): Promise<LayoutRepository> => {
    const layout = layouts.get(name) ??
      (await openLayoutRepository(join(folder, name), { make: true }))!;
    layouts.set(name, layout);
    return layout;
  };
  const fileOf = (name: string, digest: Digest) =>
    join(folder, name, "blobs/sha256", digest.slice("sha256:".length));
  const setAge = async (name: string, digest: Digest, hours: number): Promise<void> => {
    const time = Date.now() / 1000 - hours * 3600;
    await utimes(fileOf(name, digest), time, time);
  };
  return {
    folder,
    layoutOf,
    fileOf,
    setAge,
    async put(name: string, letter: string, hours: number): Promise<Digest> {
      const bytes = Buffer.alloc(100, letter);
      await using blob = await (await layoutOf(name)).beginBlob();
      await blob.write(bytes);
      await blob.commit(digestOf(bytes));
      await setAge(name, digestOf(bytes), hours);
      return digestOf(bytes);
    },
    async list(name: string): Promise<Digest[]> {
      const names = await readdir(join(folder, name, "blobs/sha256"));
      return names.map((hex) => `sha256:${hex}` as Digest);
    },
    evictor(bytes: number, notices: string[] = []) {
      const onNotice = ({ message }: { message: string }): void => void notices.push(message);
      const evictor = createBlobEvictor({ folder, bytes, onNotice });
      onTestFinished(() => evictor[Symbol.asyncDispose]());
      return evictor;
    },
  };
}

describe("createBlobEvictor", () => {
  it("removes what was used longest ago, of all layouts", async () => {
    const { put, list, evictor } = await createFolder();
    await put("a", "1", 1);
    const oldest = await put("team/b", "2", 9);
    const kept = await put("team/b", "3", 2);
    const of = evictor(250);
    await of.evict();
    expect(await list("team/b")).toEqual([kept]);
    expect(await list("a")).toHaveLength(1);
    expect(of.counts).toEqual({ bytes: 200, evictedBytes: 100, evictedBlobs: 1 });
    expect(oldest).not.toBe(kept);
  });

  it("knows after a restart what was used, and takes no time for it", async () => {
    const { put, list, evictor, layoutOf, fileOf } = await createFolder();
    const [old, older] = [await put("a", "1", 5), await put("a", "2", 9)];
    const first = evictor(1000);
    const found = await first.watchLayout(await layoutOf("a")).findBlob(older);
    expect(await readContent(found!, 100)).toHaveLength(100);
    const { mtimeMs } = await stat(fileOf("a", older));
    await first.watchLayout(await layoutOf("a")).findBlob(older);
    expect((await stat(fileOf("a", older))).mtimeMs).toBe(mtimeMs); // once is enough for a while
    await first[Symbol.asyncDispose]();
    await evictor(150).evict();
    expect(await list("a")).toEqual([older]);
    expect(old).not.toBe(older);
  });

  it("counts what repositories share once, and removes all its names", async () => {
    const { put, list, evictor, fileOf, layoutOf, setAge } = await createFolder();
    const shared = await put("a", "1", 9);
    await put("b", "2", 1);
    expect(await (await layoutOf("b")).takeBlob(shared, (await layoutOf("a")).path)).toBe(true);
    await setAge("b", shared, 9);
    expect((await stat(fileOf("a", shared))).nlink).toBe(2);
    const roomy = evictor(200);
    await roomy.evict();
    expect(roomy.counts).toEqual({ bytes: 200, evictedBytes: 0, evictedBlobs: 0 });
    const tight = evictor(150);
    await tight.evict();
    expect(await list("a")).toEqual([]);
    expect(await list("b")).toHaveLength(1);
    expect(tight.counts).toEqual({ bytes: 100, evictedBytes: 100, evictedBlobs: 1 });
  });

  it("leaves what is being read, however long that takes", async () => {
    const { put, list, evictor, layoutOf, setAge, fileOf } = await createFolder();
    const read = await put("a", "1", 9);
    vi.useFakeTimers({ toFake: ["Date", "performance", "setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const of = evictor(150);
    const layout = of.watchLayout(await layoutOf("a"));
    const stream = (await layout.findBlob(read))!.open()[Symbol.asyncIterator]();
    await stream.next();
    await of.evict(); // the evictor's first look is over before it is too much
    const idle = await put("a", "2", 1);
    vi.setSystemTime(Date.now() + 5 * HOUR);
    await setAge("a", idle, 1); // which is sooner than the other was opened
    await vi.advanceTimersByTimeAsync(8_000);
    await vi.waitFor(
      async () =>
        expect((await stat(fileOf("a", read))).mtimeMs).toBeGreaterThan(Date.now() - HOUR),
      PATIENCE,
    );
    await vi.waitFor(async () => {
      await of.evict();
      expect(await list("a")).toEqual([read]);
    }, PATIENCE);
    await stream.return!();
    vi.setSystemTime(Date.now() + HOUR);
    await put("a", "3", 0);
    await of.evict();
    expect(await list("a")).not.toContain(read);
  });

  it("takes manifests out of the index before their files", async () => {
    const { folder, layoutOf, list, evictor, setAge } = await createFolder();
    const layout = await layoutOf("a");
    const put = async (tag: string, hours: number): Promise<Digest> => {
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, tag, manifests: [] }));
      const mediaType = MEDIA_TYPES.oci.index;
      const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
      await layout.putManifest(
        content(descriptor, async function* () {
          yield bytes;
        }),
        [tag],
        [],
      );
      await setAge("a", descriptor.digest, hours);
      return descriptor.digest;
    };
    const [, kept] = [await put("old", 9), await put("new", 1)];
    await evictor(80).evict();
    expect(await list("a")).toEqual([kept]);
    expect(await layout.listTags()).toEqual(["new"]);
    expect(await layout.findManifest("old")).toBeUndefined();
    expect(await readdir(join(folder, "a"))).toEqual(["blobs", "index.json", "oci-layout"]);
  });

  it("removes what killed processes have begun, and counts what others write", async () => {
    const { folder, put, evictor } = await createFolder();
    await put("a", "1", 1);
    const blobs = join(folder, "a/blobs/sha256");
    await writeFile(join(blobs, makeTemporaryName()), Buffer.alloc(70));
    const dead = makeTemporaryName().replace(/-\d+-\d+-(?=[0-9a-f]{16}\.tmp$)/, "-4194304-1-");
    await writeFile(join(blobs, dead), Buffer.alloc(1000));
    await writeFile(join(blobs, "notes.txt"), Buffer.alloc(1000)); // somebody's own
    const of = evictor(1000);
    await of.evict();
    expect(of.counts.bytes).toBe(170);
    expect(await readdir(blobs)).toHaveLength(3);
    expect(await readdir(blobs)).not.toContain(dead);
  });

  it("agrees with another that does the same at the same time", async () => {
    const { put, list, evictor } = await createFolder();
    for (let at = 0; at < 60; at++) await put(`a${at % 3}`, String.fromCharCode(33 + at), at + 1);
    const all = [evictor(2000), evictor(2000), evictor(2000)];
    await Promise.all(all.map((one) => one.evict()));
    const left = (await Promise.all(["a0", "a1", "a2"].map(list))).flat();
    expect(left).toHaveLength(18);
    const evicted = all.reduce((sum, { counts }) => sum + counts.evictedBlobs, 0);
    expect(evicted).toBe(42);
  });

  it("says what it could not remove, and goes on with the others", async () => {
    const { folder, put, list, evictor } = await createFolder();
    await put("a", "1", 5);
    await put("b", "2", 9);
    await writeFile(join(folder, "b/index.json"), "broken");
    const notices: string[] = [];
    await evictor(50, notices).evict();
    expect([...await list("a"), ...await list("b")]).toEqual([]);
    expect(notices.join()).toContain(`Cannot keep ${folder} below its size: `);
    expect(notices.join()).not.toContain("broken\n");
  });

  it("says one time why it cannot remove, however often and however much that is", async () => {
    const { folder, put, evictor } = await createFolder();
    for (const name of ["a", "b", "c"]) {
      await put(name, name, 5);
      await writeFile(join(folder, name, "index.json"), "broken");
    }
    const notices: string[] = [];
    const of = evictor(50, notices);
    await of.evict();
    for (const name of ["a", "b", "c"]) await put(name, name, 5);
    await of.evict();
    expect(notices).toEqual([expect.stringMatching(/^Cannot keep .*index\.json.*; and 2 more$/)]);
  });

  it("notes uses after the clock was set back, too", async () => {
    const { put, evictor, layoutOf, fileOf, setAge } = await createFolder();
    const digest = await put("a", "1", 9);
    const watched = evictor(1000).watchLayout(await layoutOf("a"));
    vi.useFakeTimers({ toFake: ["Date", "performance", "setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    await watched.findBlob(digest);
    vi.advanceTimersByTime(5_000);
    vi.setSystemTime(Date.now() - HOUR);
    await setAge("a", digest, 9);
    await watched.findBlob(digest);
    expect((await stat(fileOf("a", digest))).mtimeMs).toBeCloseTo(Date.now(), -2);
  });

  it("looks at nothing but blobs of layouts", async () => {
    const { folder, put, evictor } = await createFolder();
    const digest = await put("a", "1", 1);
    const other = join(folder, "other/sha256");
    await mkdir(other, { recursive: true });
    await link(
      join(folder, "a/blobs/sha256", digest.slice("sha256:".length)),
      join(other, digest.slice("sha256:".length)),
    );
    await writeFile(join(folder, "file"), Buffer.alloc(500));
    const of = evictor(50);
    await of.evict();
    expect(await readdir(other)).toHaveLength(1);
    expect(of.counts.evictedBytes).toBe(100);
  });
});
