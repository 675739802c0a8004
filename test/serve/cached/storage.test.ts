/** A cache of another registry: what is asked of that, what clients get, what is kept. */
import { readdir, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { NixociError } from "../../../src/base/errors.ts";
import { type Digest, digestOf } from "../../../src/bytes/digest.ts";
import { content } from "../../../src/image/content.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";
import {
  type CacheStorageOptions,
  createCacheStorage,
  createUpstream,
} from "../../../src/serve/mod.ts";
import { createBlobEvictor } from "../../../transports/oci-dir/eviction/mod.ts";
import { openLayoutRepository } from "../../../transports/oci-dir/repository/mod.ts";
import { listTags } from "../../../transports/registry/mod.ts";
import { openSource } from "../../../transports/mod.ts";
import { temporaryFolder } from "../../support/folder.ts";
import {
  type RegistryServerOptions,
  seedBlob,
  seedManifest,
  startRegistry,
} from "../../support/registry-server.ts";
import { manifestBytes, served, verdictOf } from "../setup.ts";

const LAYER = Buffer.alloc(3_000_000, "layer ");
const CONFIG = Buffer.from("{}");

// What is kept is on the disk some time after the client has it.
const WAIT = { timeout: 10_000 };

function descriptorOf(bytes: Buffer, mediaType: string = MEDIA_TYPES.oci.config) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** A manifest of the config and the layer. */
function imageBytes(more: Readonly<Record<string, unknown>> = {}): Buffer {
  return manifestBytes({ config: descriptorOf(CONFIG), layers: [descriptorOf(LAYER)], ...more });
}

interface CacheSetup extends Partial<CacheStorageOptions> {
  readonly registry?: RegistryServerOptions;
  readonly creds?: string;
}

/** A registry with `app:v1`, and a cache before it. */
async function cached({ registry = {}, creds, ...options }: CacheSetup = {}) {
  const upstream = await startRegistry(registry);
  const push = (tag: string, name = "app", more: Readonly<Record<string, unknown>> = {}) => {
    const repository = upstream.repository(name);
    for (const bytes of [LAYER, CONFIG]) seedBlob(repository, bytes);
    return seedManifest(repository, MEDIA_TYPES.oci.manifest, imageBytes(more), tag) as Digest;
  };
  const digest = push("v1");
  const path = await temporaryFolder();
  const notices: string[] = [];
  const storage = createCacheStorage({
    async upstream(repository) {
      const name = `${upstream.host}/${repository}`;
      const options = { registry: { retry: 0, mirrors: false, ...(creds && { creds }) } };
      const source = await openSource(`registry:${name}`, options);
      return createUpstream(source, () => listTags(name, options));
    },
    layout: async (name) => (await openLayoutRepository(join(path, name), { make: true }))!,
    onNotice: ({ message }) => notices.push(message),
    ...options,
  });
  onTestFinished(() => storage[Symbol.asyncDispose]());
  const asked = await served(storage);
  return {
    ...asked,
    upstream,
    push,
    digest,
    path,
    notices,
    /** The requests that came upstream. */
    log: () => upstream.log.map(({ method, path }) => `${method} ${path.slice("/v2/".length)}`),
    async get(path: string) {
      const answer = await asked.ask("GET", path);
      return digestOf(new Uint8Array(await answer.arrayBuffer()));
    },
    /** The files that a repository's blobs are in. */
    files: async (name = "app") => (await readdir(join(path, name, "blobs/sha256"))).sort(),
  };
}

const BLOB = `app/blobs/${digestOf(LAYER)}`;
const hexOf = (digest: Digest): string => digest.slice("sha256:".length);

/** Makes one that is called at the right moment. */
function createGate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe("createCacheStorage", () => {
  it("fetches a manifest and a blob once, and keeps them", async () => {
    const { get, ask, digest, log, path, files } = await cached();
    for (let times = 0; times < 3; times++) {
      expect(await get("app/manifests/v1")).toBe(digest);
      expect(await get(`app/manifests/${digest}`)).toBe(digest);
      expect((await ask("HEAD", BLOB)).headers.get("content-length")).toBe(`${LAYER.length}`);
      expect(await get(BLOB)).toBe(digestOf(LAYER));
    }
    expect(log()).toEqual(["GET app/manifests/v1", `HEAD ${BLOB}`, `GET ${BLOB}`]);
    expect(await (await openLayoutRepository(join(path, "app")))!.listTags()).toEqual(["v1"]);
    const names = [hexOf(digest), hexOf(digestOf(LAYER))].sort();
    await vi.waitFor(async () => expect(await files()).toEqual(names));
  });

  it("fetches once what fifty ask for at a time", async () => {
    const { get, digest, log } = await cached();
    const all = (path: string) => Promise.all(Array.from({ length: 50 }, () => get(path)));
    expect(new Set(await all("app/manifests/v1"))).toEqual(new Set([digest]));
    expect(new Set(await all(BLOB))).toEqual(new Set([digestOf(LAYER)]));
    expect(log()).toHaveLength(3);
  });

  it("goes on with what it fetches while others name any number of repositories", async () => {
    const [gate, path] = [createGate(), await temporaryFolder()];
    const closed: string[] = [];
    const layer = content(descriptorOf(LAYER), async function* () {
      yield LAYER.subarray(0, 1_000_000);
      await gate.opened;
      if (closed.includes("app")) throw new Error("closed");
      yield LAYER.subarray(1_000_000);
    });
    const storage = createCacheStorage({
      upstream: async (name) => ({
        findBlob: async () => layer,
        headManifest: () => Promise.reject(new NixociError("NOT_FOUND", "none")),
        readManifest: () => Promise.reject(new NixociError("NOT_FOUND", "none")),
        listTags: async () => [],
        listReferrers: async () => [],
        [Symbol.asyncDispose]: async () => void closed.push(name),
      }),
      layout: async (name) => (await openLayoutRepository(join(path, name), { make: true }))!,
    });
    onTestFinished(() => storage[Symbol.asyncDispose]());
    const { ask } = await served(storage);
    const answer = await ask("GET", BLOB);
    for (let at = 0; at < 300; at++) await storage.findRepository(`none${at}`);
    await vi.waitFor(() => expect(closed.length).toBeGreaterThan(40), WAIT);
    expect(closed).not.toContain("app");
    gate.open();
    expect(digestOf(new Uint8Array(await answer.arrayBuffer()))).toBe(digestOf(LAYER));
    await vi.waitFor(() => expect(closed).toContain("app"), WAIT);
  });

  it("gives what has come before all of it has, also of a range", async () => {
    const { ask, get, upstream } = await cached();
    upstream.onRequest = ({ method }) => method === "GET" ? { stallAfter: 1_000_000 } : undefined;
    const range = { headers: { range: "bytes=10-99" } };
    const part = await ask("GET", BLOB, range);
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(LAYER.subarray(10, 100));
    const whole = await ask("GET", BLOB);
    const first = await whole.body!.getReader().read();
    expect(LAYER.subarray(0, first.value!.length).equals(first.value!)).toBe(true);
    expect(await get("app/manifests/none")).toBeDefined(); // others are served meanwhile
  });

  it("breaks off rather than give wrong bytes, keeps nothing of them, and fetches anew", async () => {
    const { ask, get, upstream, files, notices } = await cached();
    const { blobs } = upstream.repository("app");
    const wrong = Buffer.from(LAYER);
    wrong[wrong.length - 1] = 0;
    blobs.set(digestOf(LAYER), wrong);
    for (let times = 0; times < 2; times++) {
      const answers = await Promise.all([ask("GET", BLOB), ask("GET", BLOB)]);
      for (const answer of answers) {
        expect(answer.status).toBe(200);
        await expect(answer.arrayBuffer()).rejects.toThrow();
      }
    }
    expect(await files()).toEqual([]);
    expect(notices.join("\n")).toContain("has the wrong content");
    blobs.set(digestOf(LAYER), LAYER);
    expect(await get(BLOB)).toBe(digestOf(LAYER));
    await vi.waitFor(async () => expect(await files()).toEqual([hexOf(digestOf(LAYER))]));
  });

  it("says what is not there, makes nothing of it, and asks again", async () => {
    const { ask, path, push } = await cached();
    const none = digestOf(Buffer.from("none"));
    expect(await verdictOf(await ask("GET", "app/manifests/v2"))).toBe("404 MANIFEST_UNKNOWN");
    expect(await verdictOf(await ask("GET", `app/manifests/${none}`))).toBe("404 MANIFEST_UNKNOWN");
    expect(await verdictOf(await ask("GET", `app/blobs/${none}`))).toBe("404 BLOB_UNKNOWN");
    expect(await verdictOf(await ask("GET", "other/manifests/v1"))).toBe("404 MANIFEST_UNKNOWN");
    expect(await verdictOf(await ask("GET", "other/tags/list"))).toBe("404 NAME_UNKNOWN");
    expect(await readdir(path)).toEqual([]);
    const digest = push("v2");
    const answer = await ask("GET", "app/manifests/v2");
    expect(answer.headers.get("docker-content-digest")).toBe(digest);
  });

  it("is read-only", async () => {
    const { ask } = await cached();
    expect(await verdictOf(await ask("POST", "app/blobs/uploads/"))).toBe("405 UNSUPPORTED");
    expect(await verdictOf(await ask("DELETE", "app/manifests/v1"))).toBe("405 UNSUPPORTED");
  });

  it("asks about a tag with one HEAD for all who want it, once its time is over", async () => {
    const gate = createGate();
    let looks = 0;
    const folder = await temporaryFolder();
    const { get, digest, log, push, ask, upstream } = await cached({
      tagTtl: 0,
      async layout(name) {
        const layout = await openLayoutRepository(join(folder, name), { make: true });
        return {
          ...layout!,
          async findManifest(reference) {
            const found = await layout!.findManifest(reference);
            if (++looks === 21) setImmediate(gate.open);
            return found;
          },
        };
      },
    });
    expect(await get("app/manifests/v1")).toBe(digest);
    upstream.onRequest = async () => {
      await gate.opened; // until all have come
      return undefined;
    };
    const before = log().length;
    const many = Promise.all(Array.from({ length: 20 }, () => get("app/manifests/v1")));
    expect(new Set(await many)).toEqual(new Set([digest]));
    expect(log().slice(before)).toEqual(["HEAD app/manifests/v1"]);
    const moved = push("v1", "app", { annotations: { new: "yes" } });
    expect(await get("app/manifests/v1")).toBe(moved);
    expect(log().slice(-2)).toEqual(["HEAD app/manifests/v1", "GET app/manifests/v1"]);
    push("v1"); // back to one that is kept: there is nothing to fetch
    expect(await get("app/manifests/v1")).toBe(digest);
    expect(log().at(-1)).toBe("HEAD app/manifests/v1");
    expect((await ask("GET", `app/manifests/${moved}`)).status).toBe(200);
  });

  it("believes a tag for its time", async () => {
    const { get, digest, push } = await cached({ tagTtl: 3_600_000 });
    expect(await get("app/manifests/v1")).toBe(digest);
    push("v1", "app", { annotations: { new: "yes" } });
    expect(await get("app/manifests/v1")).toBe(digest);
  });

  it("takes a tag away that its registry has no more", async () => {
    const { get, ask, digest, upstream } = await cached({ tagTtl: 0 });
    expect(await get("app/manifests/v1")).toBe(digest);
    upstream.repository("app").tags.delete("v1");
    expect(await verdictOf(await ask("GET", "app/manifests/v1"))).toBe("404 MANIFEST_UNKNOWN");
    expect((await ask("GET", `app/manifests/${digest}`)).status).toBe(200);
  });

  it.each([
    ["is gone", (of: { stop(): Promise<void> }) => of.stop()],
    ["fails", (of: { fail(status: number): void }) => of.fail(503)],
    ["limits us", (of: { fail(status: number): void }) => of.fail(429)],
  ])("serves what it has when its registry %s, and says so", async (_, spoil) => {
    const { get, ask, digest, upstream, notices } = await cached({ tagTtl: 0 });
    expect(await get("app/manifests/v1")).toBe(digest);
    expect(await get(BLOB)).toBe(digestOf(LAYER));
    await spoil({
      stop: () => upstream[Symbol.asyncDispose]() as Promise<void>,
      fail: (status) => upstream.onRequest = () => ({ answer: { status } }),
    });
    const tagged = await ask("GET", "app/manifests/v1");
    expect(tagged.headers.get("docker-content-digest")).toBe(digest);
    expect(tagged.headers.get("warning")).toBe(
      '299 - "v1 may have moved since: its registry does not answer"',
    );
    expect(notices.at(-1)).toMatch(/^serving what is in the cache; v1 may have moved since: /);
    expect(await get(BLOB)).toBe(digestOf(LAYER));
    expect(await (await ask("GET", "app/tags/list")).json()).toEqual({ name: "app", tags: ["v1"] });
    // What it lacks is not said to be unknown.
    expect(await verdictOf(await ask("GET", `app/referrers/${digest}`))).toBe("502 UNKNOWN");
    expect(await verdictOf(await ask("GET", "other/tags/list"))).toBe("502 UNKNOWN");
    expect(await verdictOf(await ask("GET", `app/blobs/${digestOf(CONFIG)}`))).toBe("502 UNKNOWN");
    expect(await verdictOf(await ask("GET", "app/manifests/v2"))).toBe("502 UNKNOWN");
  });

  it("serves what it has when its registry takes long", async () => {
    const { ask, get, digest, upstream, notices } = await cached({ tagTtl: 0, patience: 1 });
    expect(await get("app/manifests/v1")).toBe(digest);
    const gate = createGate();
    upstream.onRequest = async () => {
      await gate.opened;
      return undefined;
    };
    const answer = await ask("GET", "app/manifests/v1");
    expect(answer.headers.get("warning")).toContain("does not answer");
    expect(notices.at(-1)).toContain("takes long to answer");
    gate.open();
  });

  it("does not serve what its registry refuses to give any more by name", async () => {
    const { ask, get, digest, upstream } = await cached({ tagTtl: 0 });
    expect(await get("app/manifests/v1")).toBe(digest);
    upstream.onRequest = () => ({ answer: { status: 403 } });
    expect(await verdictOf(await ask("GET", "app/manifests/v1"))).toBe("502 UNKNOWN");
  });

  it("asks with its own credentials, and tells nobody", async () => {
    const { ask, get, digest, upstream, errors, notices } = await cached({
      registry: { basic: { me: "hunter2" } },
      creds: "me:hunter2",
      tagTtl: 0,
    });
    expect(await get("app/manifests/v1")).toBe(digest);
    const answer = await ask("GET", "app/manifests/v1", {
      headers: { authorization: `Basic ${btoa("they:theirs")}` },
    });
    const said = [...answer.headers].join() + await answer.text() + errors + notices;
    expect(said).not.toMatch(/hunter2|bWU6/);
    const sent = upstream.log.map(({ headers }) => headers.authorization ?? "");
    expect(sent).not.toContain(`Basic ${btoa("they:theirs")}`);
  });

  it("takes a blob that another repository has, once its own registry says that it is there", async () => {
    const { get, ask, push, log, digest } = await cached();
    push("v1", "other");
    expect(await get(BLOB)).toBe(digestOf(LAYER));
    expect(await get("other/manifests/v1")).toBe(digest);
    expect(await get(`other/blobs/${digestOf(LAYER)}`)).toBe(digestOf(LAYER));
    expect(log().at(-1)).toBe(`HEAD other/blobs/${digestOf(LAYER)}`);
    expect(await verdictOf(await ask("GET", `third/blobs/${digestOf(LAYER)}`)))
      .toBe("404 BLOB_UNKNOWN");
  });

  it("lists referrers, and keeps those that were read", async () => {
    const { get, ask, push, digest, upstream } = await cached();
    const subject = { mediaType: MEDIA_TYPES.oci.manifest, digest, size: imageBytes().length };
    const note = push("note", "app", { subject, artifactType: "a/note" });
    const listed = async () =>
      ((await (await ask("GET", `app/referrers/${digest}`)).json()) as {
        manifests: { digest: string }[];
      }).manifests.map((one) => one.digest);
    expect(await listed()).toEqual([note]);
    expect(await get(`app/manifests/${note}`)).toBe(note);
    await upstream[Symbol.asyncDispose]();
    expect(await listed()).toEqual([note]);
  });

  it("fetches anew what somebody has removed from its folder", async () => {
    const { get, digest, path, files } = await cached();
    const getAll = async () => [await get("app/manifests/v1"), await get(BLOB)];
    for (let times = 0; times < 3; times++) {
      expect(await getAll()).toEqual([digest, digestOf(LAYER)]);
      await vi.waitFor(async () => expect(await files()).toContain(hexOf(digestOf(LAYER))));
      await rm(times === 0 ? join(path, "app/blobs") : path, { recursive: true });
    }
  });

  it("fetches anew what has been evicted, a manifest or a blob of it", async () => {
    const folder = await temporaryFolder();
    const evictor = createBlobEvictor({ folder, bytes: LAYER.length + 100 });
    onTestFinished(() => evictor[Symbol.asyncDispose]());
    const { get, digest, log } = await cached({
      layout: async (name) =>
        evictor.watchLayout((await openLayoutRepository(join(folder, name), { make: true }))!),
    });
    const blobs = join(folder, "app/blobs/sha256");
    const listBlobs = async () => (await readdir(blobs)).filter((name) => /^\w{64}$/.test(name));
    const [layer, manifest] = [digestOf(LAYER), digest];
    for (const evicted of [layer, manifest, layer]) {
      const before = log().length;
      expect([await get("app/manifests/v1"), await get(BLOB)]).toEqual([manifest, layer]);
      if (before > 0) expect(log().length).toBeGreaterThan(before); // it was fetched again
      await vi.waitFor(async () => expect(await listBlobs()).toHaveLength(2), WAIT);
      await utimes(join(blobs, hexOf(evicted)), 1, 1);
      await vi.waitFor(async () => {
        await evictor.evict();
        expect(await listBlobs()).toHaveLength(1);
      }, WAIT);
      expect(await listBlobs()).not.toContain(hexOf(evicted));
    }
    expect(evictor.counts.evictedBlobs).toBe(3);
  });

  it("goes on without keeping where nothing can be written", async () => {
    const { get, digest, notices } = await cached({
      layout: async (name) => (await openLayoutRepository(`/sys/${name}`, { make: true }))!,
    });
    expect(await get("app/manifests/v1")).toBe(digest);
    expect(await get(BLOB)).toBe(digestOf(LAYER));
    expect(notices.filter((notice) => notice.includes("is not kept: "))).toHaveLength(2);
  });

  it("answers what is right when its folder takes nothing any more", async () => {
    const disk = { isReadOnly: false };
    const path = await temporaryFolder();
    const { get, ask, push, digest, upstream, notices } = await cached({
      tagTtl: 0,
      async layout(name) {
        const layout = (await openLayoutRepository(join(path, name), { make: true }))!;
        const guard =
          <A extends unknown[], T>(work: (...words: A) => Promise<T>) =>
          async (...words: A): Promise<T> => {
            if (disk.isReadOnly) throw new NixociError("IO", "the file system is read-only");
            return await work(...words);
          };
        const { beginBlob, putManifest, takeBlob, removeTag } = layout;
        return {
          ...layout,
          beginBlob: guard(beginBlob),
          putManifest: guard(putManifest),
          takeBlob: guard(takeBlob),
          removeTag: guard(removeTag),
        };
      },
    });
    push("v1", "other");
    const other = push("v2", "app", { annotations: { other: "yes" } });
    for (const name of ["v1", "v2"]) await get(`app/manifests/${name}`);
    await get(BLOB);
    const blobs = join(path, "app/blobs/sha256");
    await vi.waitFor(
      async () => expect(await readdir(blobs)).toContain(hexOf(digestOf(LAYER))),
      WAIT,
    );
    disk.isReadOnly = true;
    expect(await get("other/manifests/v1")).toBe(digest);
    expect(await get(`other/blobs/${digestOf(LAYER)}`)).toBe(digestOf(LAYER));
    push("v1", "app", { annotations: { other: "yes" } }); // now what v2 is
    expect(await get("app/manifests/v1")).toBe(other);
    upstream.repository("app").tags.delete("v2");
    expect(await verdictOf(await ask("GET", "app/manifests/v2"))).toBe("404 MANIFEST_UNKNOWN");
    expect(notices.every((notice) => notice.includes("the file system is read-only"))).toBe(true);
    await vi.waitFor(() => expect(notices).toHaveLength(5), WAIT);
  });
});
