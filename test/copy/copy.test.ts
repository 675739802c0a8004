import { describe, expect, it } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import type { CopyEvent } from "../../src/copy/events.ts";
import type { Digest } from "../../src/bytes/digest.ts";
import { drainStream } from "../../src/bytes/stream.ts";
import { NixociError } from "../../src/base/errors.ts";
import { readLayerTar } from "../../src/image/layer/layer.ts";
import { platform } from "../../src/steps/platform.ts";
import type { Layer, NamedRoot } from "../../src/image/root.ts";
import type { Sink } from "../../src/image/sink.ts";
import { artifact, counted, image, index, sourceOf } from "../support/images.ts";

const OPEN = { own: [], open: true };

interface Recorder extends Sink {
  readonly log: string[];
  readonly committed: NamedRoot[];
}

/** A sink that writes down what is asked of it. */
function recorder(more: Partial<Sink> = {}, names: Record<string, string> = {}): Recorder {
  const log: string[] = [];
  const committed: NamedRoot[] = [];
  const name = ({ digest }: { digest: string }) => names[digest] ?? "?";
  return {
    log,
    committed,
    traits: { parallel: 1 },
    has: (descriptor) => (log.push(`has ${name(descriptor)}`), Promise.resolve(false)),
    async put({ content }) {
      await drainStream(content.open());
      log.push(`put ${name(content.descriptor)}`);
    },
    commit(images) {
      log.push("commit");
      committed.push(...images);
      return Promise.resolve(images.map(({ root }) => root.manifest.descriptor));
    },
    async [Symbol.asyncDispose]() {},
    ...more,
  };
}

describe("copy", () => {
  it("puts children first, each digest once, and commits last", async () => {
    const shared = { same: "everywhere" };
    const a = await image({ layers: [shared, { a: "" }] });
    const b = await image({ layers: [shared, { b: "" }] });
    const inner = index([b]);
    const root = index([a, inner, artifact()]);
    const names: Record<string, string> = {
      [a.layers[0]!.descriptor.digest]: "shared",
      [a.layers[1]!.descriptor.digest]: "layer a",
      [b.layers[1]!.descriptor.digest]: "layer b",
      [a.config.descriptor.digest]: "config a",
      [b.config.descriptor.digest]: "config b",
      [a.manifest.descriptor.digest]: "manifest a",
      [b.manifest.descriptor.digest]: "manifest b",
      [inner.manifest.descriptor.digest]: "inner index",
      [artifact().manifest.descriptor.digest]: "manifest of artifact",
    };
    const to = recorder({}, names);
    const result = await copy(sourceOf({ it: root }), to);
    expect(to.log.filter((line) => line.startsWith("put") || line === "commit")).toEqual([
      "put shared",
      "put layer a",
      "put config a",
      "put layer b",
      "put config b",
      "put ?",
      "put ?",
      "put manifest a",
      "put manifest b",
      "put inner index",
      "put manifest of artifact",
      "commit",
    ]);
    expect(to.committed).toEqual([{ root, references: [] }]);
    expect(result.blobs).toEqual({ moved: 7, exists: 0, mounted: 0 });
  });

  it("opens nothing that is there, or that can be mounted", async () => {
    const { root, opened } = counted(await image({ layers: [{ a: "" }, { b: "" }, { c: "" }] }));
    const [there, mountable] = root.layers.map((layer) => layer.descriptor.digest);
    const to = recorder({
      has: ({ digest }) => Promise.resolve(digest === there),
      mount: ({ digest }, from) => Promise.resolve(digest === mountable && from === "host/repo"),
    });
    const result = await copy(sourceOf({ it: root }, { traits: { repository: "host/repo" } }), to);
    expect([...opened.keys()]).toEqual([root.layers[2]!.descriptor.digest]);
    expect(result.blobs).toEqual({ moved: 2, exists: 1, mounted: 1 });
  });

  it("asks nothing about blobs of a manifest that a closed sink has", async () => {
    const { root, opened } = counted(await image());
    const asked: string[] = [];
    const to = recorder({
      traits: { parallel: 1, closed: true },
      has: ({ digest }) => (asked.push(digest), Promise.resolve(true)),
    });
    const result = await copy(sourceOf({ it: root }), to);
    expect(asked).toEqual([root.manifest.descriptor.digest]);
    expect(opened.size).toBe(0);
    expect(result.blobs).toEqual({ moved: 0, exists: 2, mounted: 0 });
    expect(to.committed.length).toBe(1);
  });

  it("moves nothing in a dry run, and says what would move", async () => {
    const { root, opened } = counted(await image());
    const to = recorder();
    const events: CopyEvent[] = [];
    const result = await copy(sourceOf({ it: root }), to, {
      dryRun: true,
      onEvent: (event) => events.push(event),
    });
    expect(opened.size).toBe(0);
    expect(to.log.some((line) => line.startsWith("put") || line === "commit")).toBe(false);
    expect(result.blobs.moved).toBe(2);
    expect(events.map((event) => event.type)).toEqual(["plan", "done", "done"]);
  });

  it("copies all images of a source under their names, or one", async () => {
    const [a, b] = [await image(), await image()];
    const to = recorder({ naming: OPEN });
    await copy(sourceOf({ a, b }), to, { all: true });
    expect(to.committed).toEqual([{ root: a, references: ["a"] }, { root: b, references: ["b"] }]);
    const single = recorder({ naming: OPEN });
    await copy(sourceOf({ a }), single, { all: true });
    expect(single.committed).toEqual([{ root: a, references: ["a"] }]);
    const one = recorder();
    await copy(sourceOf({ a, b }), one, { reference: "b", references: ["x", "y"] });
    expect(one.committed).toEqual([{ root: b, references: ["x", "y"] }]);
  });

  it("refuses one name for several images, and asks the sink what to call them", async () => {
    const [a, b] = [await image(), await image()];
    for (const [sink, options] of [[{}, {}], [{ naming: OPEN }, { references: ["x"] }]] as const) {
      await expect(copy(sourceOf({ a, b }), recorder(sink), { all: true, ...options })).rejects
        .toMatchObject({ code: "USAGE" });
    }
    const nameFor = (name: string | undefined) => `my-${name}`;
    const to = recorder({ naming: { ...OPEN, nameFor } });
    const list = () => Promise.resolve([{ select: "a", name: "n" }, { select: "b" }]);
    await copy(sourceOf({ a, b }, { list }), to, { all: true });
    expect(to.committed.map(({ references }) => references)).toEqual([["my-n"], ["my-undefined"]]);
  });

  it("refuses two images under one name before it reads either", async () => {
    const [a, b] = [await image(), await image()];
    const nameFor = (name: string | undefined) => name?.split(":").at(-1);
    for (
      const [naming, listed, message] of [
        [
          { ...OPEN, nameFor },
          [{ select: "app/web:1" }, { select: "app/db:1" }],
          "Cannot copy app/web:1 and app/db:1: both would be called 1 there",
        ],
        [
          OPEN,
          [{ select: "x", id: "@0" }, { select: "@1", name: "x", id: "@1" }],
          "Cannot copy x (@0) and x (@1): both would be called x there",
        ],
      ] as const
    ) {
      const to = recorder({ naming });
      const resolve = () => Promise.reject(new Error("must not be asked for"));
      const list = () =>
        Promise.resolve(listed.map((image) => ({ name: image.select as string, ...image })));
      await expect(copy(sourceOf({ a, b }, { resolve, list }), to, { all: true })).rejects
        .toMatchObject({ code: "USAGE", message, hint: expect.stringContaining("one by one") });
      expect(to.log).toEqual([]);
    }
    const to = recorder({ naming: { ...OPEN, nameFor } });
    const list = () =>
      Promise.resolve(["a/x:1", "b/x:1"].map((name) => ({ select: "a", name, id: "same" })));
    await copy(sourceOf({ a }, { list }), to, { all: true });
    expect(to.committed.map(({ references }) => references)).toEqual([["1"], ["1"]]);
  });

  it("keeps the name of an archive's only image where an image must have one", async () => {
    const [a, b] = [await image(), await image()];
    const nameFor = (name: string | undefined) => name?.split(":").at(-1);
    const one = [{ select: "a", name: "app:1", id: "@0" }, { select: "a", name: "b:2", id: "@0" }];
    const two = [{ select: "a", name: "app:1" }, { select: "b", name: "app:2" }];
    for (
      const [naming, listed, options, names] of [
        [{ ...OPEN, nameFor, keepsOwn: true }, one, {}, ["1", "2"]],
        [{ ...OPEN, keepsOwn: true }, one, {}, ["app:1", "b:2"]],
        [{ ...OPEN, keepsOwn: true }, one, { references: ["x"] }, ["x"]],
        [{ ...OPEN, keepsOwn: true }, one, { reference: "a" }, []],
        [{ own: ["here"], open: false, keepsOwn: true }, one, {}, []],
        [OPEN, one, {}, []],
        [{ ...OPEN, keepsOwn: true }, two, {}, []],
        [{ ...OPEN, keepsOwn: true }, [{ select: "a", name: "v1" }], {}, []],
        [{ ...OPEN, keepsOwn: true }, [{ select: "a" }], {}, []],
      ] as const
    ) {
      const to = recorder({ naming });
      const { images } = await copy(
        sourceOf({ a, b }, { list: () => Promise.resolve(listed) }),
        to,
        options,
      );
      expect(to.committed).toEqual([{ root: a, references: names }]);
      // What it is called there, whoever named it.
      expect(images[0]!.references).toEqual(names.length > 0 ? names : naming.own);
    }
  });

  it("says when the destination will unpack layers", async () => {
    for (const compression of ["gzip", "none"] as const) {
      const notices: string[] = [];
      const root = await image({ compression, layers: [{ a: "" }, { b: "" }] });
      await copy(sourceOf({ it: root }), recorder({ traits: { parallel: 1, layers: "tar" } }), {
        onEvent: (event) =>
          event.type === "notice" && notices.push(`${event.code} ${event.message}`),
      });
      const expected = expect.stringMatching(/^UNPACKED .* 2 of 2/);
      expect(notices).toEqual(compression === "gzip" ? [expected] : []);
    }
  });

  it("compresses plain layers for a sink that wants it, of synthetic images only", async () => {
    const root = await image({ compression: "none" });
    for (
      const [synthetic, layers, changes] of [
        [true, "gzip", true],
        [false, "gzip", false],
        [true, undefined, false],
      ] as const
    ) {
      const to = recorder({ traits: { parallel: 1, layers } });
      await copy(sourceOf({ it: root }, { traits: { synthetic } }), to);
      const changed =
        to.committed[0]!.root.manifest.descriptor.digest !== root.manifest.descriptor.digest;
      expect(changed).toBe(changes);
    }
  });

  it("leaves plain layers plain when it is told to, and says what it makes", async () => {
    const root = await image({ compression: "none" });
    const events: CopyEvent[] = [];
    for (const plain of [true, false]) {
      const to = recorder({ traits: { parallel: 1, layers: "gzip" } });
      const onEvent = (event: CopyEvent) => void events.push(event);
      await copy(sourceOf({ it: root }, { traits: { synthetic: true } }), to, {
        ...(plain && { pack: false }),
        onEvent,
      });
      const { digest } = to.committed[0]!.root.manifest.descriptor;
      expect(digest === root.manifest.descriptor.digest).toBe(plain);
    }
    const { descriptor } = root.layers[0]!;
    expect(events.filter((event) => event.type === "making")).toEqual([
      { type: "making", descriptor, bytes: descriptor.size },
    ]);
  });

  it("stops at the first failure: the rest is broken off, nothing is committed", async () => {
    const root = await image({ layers: Array.from({ length: 20 }, (_, i) => ({ [`f${i}`]: "" })) });
    const bad = root.layers[3]!.descriptor.digest;
    let puts = 0;
    let committed = false;
    const to = recorder({
      traits: { parallel: 2 },
      async put({ content }) {
        puts++;
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (content.descriptor.digest === bad) throw new Error("the disk is on fire");
        await drainStream(content.open());
      },
      commit: () => (committed = true, Promise.resolve([])),
    });
    await expect(copy(sourceOf({ it: root }), to)).rejects.toThrow(
      `layer ${bad}: the disk is on fire`,
    );
    expect(committed).toBe(false);
    expect(puts).toBeLessThan(8);
  });

  it("keeps to the number of jobs", async () => {
    const root = await image({ layers: Array.from({ length: 12 }, (_, i) => ({ [`f${i}`]: "" })) });
    for (const [jobs, parallel, most] of [[3, 10, 3], [10, 2, 2]] as const) {
      let now = 0;
      let peak = 0;
      const to = recorder({
        traits: { parallel },
        async put({ content }) {
          peak = Math.max(peak, ++now);
          await drainStream(content.open());
          await new Promise((resolve) => setTimeout(resolve, 1));
          now--;
        },
      });
      await copy(sourceOf({ it: root }), to, { jobs });
      expect(peak).toBe(most);
    }
  });

  it("leaves layers that must not be passed on where they are", async () => {
    const root = await image({ layers: [{ a: "" }, { b: "" }] });
    const [first, second] = root.layers;
    const descriptor = {
      ...first!.descriptor,
      mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      urls: ["https://example.com/layer"],
    };
    const notices: string[] = [];
    const to = recorder();
    const foreign = { ...root, layers: [{ ...first!, descriptor }, second!] };
    const result = await copy(sourceOf({ it: foreign }), to, {
      onEvent: (event) => event.type === "notice" && notices.push(`${event.code} ${event.message}`),
    });
    expect(result.blobs.moved).toBe(2);
    expect(notices).toEqual([expect.stringMatching(/^FOREIGN .*https:..example.com.layer/)]);
  });
});

describe("a failure says which side of the copy it is of", () => {
  const fire = () => {
    throw new Error("the disk is on fire");
  };
  const broken = (layer: Layer): Layer => ({ ...layer, open: fire });

  it("the source, where a blob of it cannot be read", async () => {
    const root = await image();
    const copying = copy(
      sourceOf({ it: { ...root, layers: root.layers.map(broken) } }),
      recorder(),
    );
    const { digest } = root.layers[0]!.descriptor;
    await expect(copying).rejects.toMatchObject({
      side: "source",
      message: `layer ${digest}: reading from the source: the disk is on fire`,
    });
  });

  it("the source, where an image, its list or a child cannot be read", async () => {
    const child = await image();
    const root = index([child]);
    const bad = { ...root, children: [{ ...root.children[0]!, load: fire }] };
    for (
      const from of [
        sourceOf({}, { resolve: fire }),
        sourceOf({}, { list: fire }),
        sourceOf({ it: bad }),
      ]
    ) {
      for (const steps of [[], [platform([{ os: "linux", architecture: "amd64" }])]]) {
        await expect(copy(from, recorder(), { all: true, steps })).rejects.toMatchObject({
          side: "source",
        });
      }
    }
  });

  it("the source, where a layer does not unpack to what its config says", async () => {
    const root = await image();
    const layers = root.layers.map((layer) => ({
      ...layer,
      diffId: root.config.descriptor.digest,
    }));
    const to = recorder({
      async put({ kind, content }) {
        await drainStream(kind === "layer" ? readLayerTar(content) : content.open());
      },
    });
    await expect(copy(sourceOf({ it: { ...root, layers } }), to)).rejects.toMatchObject({
      side: "source",
      code: "DIGEST",
    });
  });

  it("the destination, whatever of it fails", async () => {
    const root = await image();
    const { digest } = root.layers[0]!.descriptor;
    const failures = [
      [{ put: fire }, `storing layer ${digest}: the disk is on fire`],
      [
        { has: fire },
        `layer ${digest}: looking for it at the destination: the disk is on fire`,
      ],
      [{ prepare: fire }, "writing to the destination: the disk is on fire"],
      [{ commit: fire }, "writing to the destination: the disk is on fire"],
    ] as const;
    for (const [more, message] of failures) {
      await expect(copy(sourceOf({ it: root }), recorder(more))).rejects.toMatchObject({
        side: "destination",
        message,
      });
    }
  });

  it("neither, where the user breaks it off", async () => {
    const signal = AbortSignal.abort();
    const failure = await copy(sourceOf({ it: await image() }), recorder(), { signal })
      .catch((error) => error);
    expect(failure.side).toBeUndefined();
  });
});

describe("a closed sink that lacks what its manifest names", () => {
  it("is given everything after all", async () => {
    const root = await image();
    const { digest } = root.manifest.descriptor;
    let commits = 0;
    const to = recorder({
      traits: { parallel: 1, closed: true },
      has: (descriptor) => Promise.resolve(descriptor.digest === digest),
      commit: () => {
        const error = new NixociError("INCOMPLETE", "a blob is missing");
        if (commits++ === 0) return Promise.resolve({ lacks: "all", error });
        return Promise.resolve([root.manifest.descriptor]);
      },
    });
    const notices: string[] = [];
    await copy(sourceOf({ it: root }), to, {
      onEvent: (event) => event.type === "notice" && notices.push(event.message),
    });
    expect(commits).toBe(2);
    expect(to.log.filter((line) => line.startsWith("put")).length).toBe(2);
    expect(notices).toEqual(["a blob is missing; looking at every blob"]);
  });

  const lacking = (lacks: readonly Digest[] | "all") => ({
    lacks,
    error: new NixociError("INCOMPLETE", "a blob is missing"),
  });

  it("is given just what it names, also when that has been put", async () => {
    const root = await image({ layers: [{ a: "" }, { b: "" }, { c: "" }] });
    const { digest } = root.layers[1]!.descriptor;
    let commits = 0;
    const to = recorder({
      commit: () =>
        Promise.resolve(commits++ === 0 ? lacking([digest]) : [root.manifest.descriptor]),
    }, { [digest]: "b" });
    const { blobs } = await copy(sourceOf({ it: root }), to);
    expect(to.log.filter((line) => line === "put b").length).toBe(2);
    expect(to.log.filter((line) => line.startsWith("put")).length).toBe(5);
    expect(blobs.moved).toBe(4);
  });

  it("is given what it has lost after it was put, when nobody says what that is", async () => {
    const root = await image({ layers: [{ a: "" }, { b: "" }] });
    const lost = root.layers[0]!.descriptor.digest;
    const stored = new Set<Digest>();
    let commits = 0;
    const to = recorder({
      has: ({ digest }) => Promise.resolve(stored.has(digest)),
      put({ content: { descriptor } }) {
        stored.add(descriptor.digest);
        return Promise.resolve();
      },
      commit() {
        if (commits++ > 0) return Promise.resolve([root.manifest.descriptor]);
        stored.delete(lost);
        return Promise.resolve(lacking("all"));
      },
    });
    const { blobs } = await copy(sourceOf({ it: root }), to);
    expect(stored.has(lost)).toBe(true);
    expect(blobs.moved).toBe(3);
  });

  it("is given it for a child of an index, too", async () => {
    const [one, two] = [await image(), await image()];
    const root = index([one, two]);
    const lost = new Set(one.layers.map(({ descriptor }) => descriptor.digest));
    const puts: string[] = [];
    const stored = new Set<Digest>();
    let asked = 0;
    const to = recorder({
      has: ({ digest }) => Promise.resolve(stored.has(digest) || lost.has(digest) && asked++ === 0),
      put({ kind, content: { descriptor: { digest } } }) {
        puts.push(kind);
        if (kind !== "manifest") stored.add(digest);
        if (kind !== "manifest") lost.delete(digest);
        const isLacking = digest === one.manifest.descriptor.digest && lost.size > 0;
        return Promise.resolve(isLacking ? lacking("all") : undefined);
      },
    });
    await copy(sourceOf({ it: root }), to);
    expect(puts.filter((kind) => kind === "manifest").length).toBe(3);
    expect(puts.filter((kind) => kind === "layer").length).toBe(2);
    expect(to.committed.length).toBe(1);
  });

  it("fails with what it says when that is not enough", async () => {
    const root = index([await image()]);
    const atCommit = recorder({ commit: () => Promise.resolve(lacking("all")) });
    const atPut = recorder({
      put: ({ kind }) => Promise.resolve(kind === "manifest" ? lacking("all") : undefined),
    });
    for (const to of [atCommit, atPut]) {
      await expect(copy(sourceOf({ it: root }), to)).rejects.toThrow("a blob is missing");
    }
    expect(atPut.committed).toEqual([]);
  });
});
