import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createHash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { readContent } from "../../src/image/content.ts";
import type { Image, NamedRoot, Root } from "../../src/image/root.ts";
import type { Sink } from "../../src/image/sink.ts";
import type { Transport } from "../../src/image/transport.ts";
import { findAddresses } from "../../transports/daemon/address.ts";
import { connectToFirst } from "../../transports/daemon/engine.ts";
import { transport as placed } from "../../transports/daemon/mod.ts";
import { suggestEngine } from "../../transports/daemon/unreachable.ts";
import { transport as placedPodman } from "../../transports/daemon/podman.ts";
import { archiveOf } from "../support/archives.ts";
import { type FakeEngine, fakeEngine, startFakeEngine } from "../support/fake-engine.ts";
import { startHastyServer } from "../support/registry/tcp-server.ts";
import { temporaryFolder } from "../support/folder.ts";
import { artifact, image, type ImageSpec, index, sourceOf } from "../support/images.ts";
import type { CopyEvent } from "../../src/copy/events.ts";
import { loadTree } from "../../src/image/tree.ts";
import { conformance } from "./conformance.ts";
import type { TransportOptions } from "../../transports/mod.ts";
import { atLocation } from "../support/at-location.ts";

const transport = atLocation(placed);
const podman = atLocation(placedPodman);

const LIMIT = 1 << 26;

beforeEach(async () => {
  for (const name of ["DOCKER_HOST", "CONTAINER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY"]) {
    vi.stubEnv(name, "");
  }
});
afterEach(() => void vi.unstubAllEnvs());

/** Engines know image IDs, no manifests: here the manifest that reading gives stands in for it. */
const comparable: Transport = {
  ...placed,
  async sink(place, options): Promise<Sink> {
    const sink = await placed.sink!(place, options);
    const commit = async (images: readonly NamedRoot[]) => {
      const ids = await sink.commit(images);
      if ("lacks" in ids) return ids;
      expect(ids).toEqual(images.map(({ root }) => (root as Image).config.descriptor));
      const source = await transport.source(ids[0]!.digest, options);
      const { manifest } = await source.resolve();
      await source[Symbol.asyncDispose]();
      return images.map(() => manifest.descriptor);
    };
    return { ...sink, commit };
  },
};

for (const kind of ["docker", "podman"] as const) {
  describe(kind, () =>
    conformance(comparable, async () => {
      const engine = await startFakeEngine({ kind });
      vi.stubEnv("DOCKER_HOST", engine.host);
      return { location: (name) => name ?? "unnamed", dispose: () => engine.close() };
    }, {
      manifests: false,
      indexes: false,
      artifacts: false,
      adds: true,
      names: ["app:1.0", "quay.io/team/app:latest"],
    }));
}

async function load(
  engine: FakeEngine,
  roots: Root | Readonly<Record<string, Root>>,
  location = "app",
  more: TransportOptions = {},
  onEvent?: (event: CopyEvent) => void,
) {
  const to = await transport.sink(location, { host: engine.host, ...more });
  const from = "kind" in roots ? sourceOf({ it: roots as Root }) : sourceOf(roots);
  try {
    return await copy(from, to, {
      all: !("kind" in roots),
      signal: more.signal,
      onEvent,
    });
  } finally {
    await to[Symbol.asyncDispose]();
  }
}

async function read(engine: FakeEngine, location: string): Promise<Image> {
  const source = await transport.source(location, { host: engine.host });
  onTestFinished(async () => await source[Symbol.asyncDispose]());
  return await source.resolve() as Image;
}

const idOf = (put: Image) => put.config.descriptor.digest;
const pathOf = (put: Image, i: number) => `${put.layers[i]!.diffId.slice(7)}.tar`;
const layerPaths = (load: ReadonlyMap<string, unknown>) =>
  [...load.keys()].filter((path) => path.endsWith(".tar"));
const loadsOf = ({ requests }: FakeEngine) =>
  requests.filter((request) => request === "POST /images/load").length;

/** Bytes that gzip does not shrink, so that they do not fit into the buffers on the way. */
const large = async (): Promise<Image> =>
  await image({ layers: [{ a: randomBytes(8 << 20).toString("latin1") }], compression: "none" });

describe("daemon: loading", () => {
  it("speaks over a socket", async () => {
    const engine = await fakeEngine({ socketPath: join(await temporaryFolder(), "socket") });
    const put = await image();
    await load(engine, put, "team/app:1");
    expect(engine.tags).toEqual(new Map([["docker.io/team/app:1", idOf(put)]]));
    expect(idOf(await read(engine, "team/app:1"))).toBe(idOf(put));
  });

  it("is content with engines that say 100 Continue to everything", async () => {
    const engine = await fakeEngine();
    const { host } = await startHastyServer(
      Number(new URL(engine.host).port),
      "HTTP/1.1 100 Continue\r\n\r\n",
    );
    const to = await transport.sink("app:1", { host: `tcp://${host}` });
    await copy(sourceOf({ it: await image() }), to);
    await to[Symbol.asyncDispose]();
    expect([...engine.tags.keys()]).toEqual(["docker.io/library/app:1"]);
  });

  it("only names an image that is there", async () => {
    const engine = await fakeEngine();
    const put = await image();
    await load(engine, put, "app:1");
    const asked = engine.requests.length;
    const { blobs } = await load(engine, put, "app:2");
    expect(blobs).toMatchObject({ moved: 0, exists: 2 });
    expect(loadsOf(engine)).toBe(1);
    // No more than that: an engine may take long to say what it is.
    expect(engine.requests.slice(asked).map((request) => request.replace(/(?:sha256:|\?).*/, "…")))
      .toEqual(["GET /_ping", "GET /images/…", "POST /images/…"]);
    expect([...engine.tags.keys()]).toEqual([
      "docker.io/library/app:1",
      "docker.io/library/app:2",
    ]);
  });

  it("loads several images at once, naming those that are there", async () => {
    const engine = await fakeEngine();
    const [one, two] = [await image(), await image()];
    await load(engine, one, "one");
    await load(engine, { "app:1": one, "app:2": two, "app:3": two }, "");
    expect(loadsOf(engine)).toBe(2);
    expect(Object.fromEntries(engine.tags)).toMatchObject({
      "docker.io/library/app:1": idOf(one),
      "docker.io/library/app:2": idOf(two),
      "docker.io/library/app:3": idOf(two),
    });
  });

  it.each(["docker", "podman", "containerd"] as const)(
    "loads into %s without a tag what nobody names",
    async (kind) => {
      const engine = await fakeEngine({ kind });
      await load(engine, await image(), "");
      expect(engine.images.size).toBe(1);
      expect(engine.tags.size).toBe(0);
    },
  );

  it("keeps the names of an archive's only image, and says them as people write them", async () => {
    const engine = await fakeEngine();
    const put = await image();
    const names = ["docker.io/library/app:1", "quay.io/team/app:2"];
    const list = () => Promise.resolve(names.map((name) => ({ select: "it", name, id: "@0" })));
    const to = await transport.sink!("", { host: engine.host });
    const { images } = await copy(sourceOf({ it: put }, { list }), to);
    await to[Symbol.asyncDispose]();
    expect([...engine.tags.keys()]).toEqual(names);
    expect(images[0]!.references).toEqual(["app:1", "quay.io/team/app:2"]);
  });

  const base = { a: "1" };
  const specs = {
    base: { layers: [base, { b: "2" }] },
    above: { layers: [base, { b: "2" }, { c: "3" }] },
    // The same layer, but on another one: Docker does not have that.
    elsewhere: { layers: [{ c: "3" }, base] },
  } satisfies Record<string, ImageSpec>;

  it.each<["docker" | "podman" | "containerd", keyof typeof specs, number[]]>([
    ["docker", "above", [2]],
    ["docker", "elsewhere", [0, 1]],
    ["podman", "above", [0, 1, 2]],
    ["containerd", "above", [0, 1, 2]],
  ])("sends %s of an image %s what it lacks", async (kind, spec, sent) => {
    const engine = await fakeEngine({ kind });
    await load(engine, await image(specs.base));
    const put = await image(specs[spec]);
    const { blobs } = await load(engine, put);
    expect(layerPaths(engine.loads[1]!)).toEqual(sent.map((i) => pathOf(put, i)));
    expect(blobs.moved).toBe(sent.length + 1);
    const got = engine.images.get(engine.tags.get("docker.io/library/app:latest")!)!;
    expect(got.layers).toHaveLength(put.layers.length);
  });

  it("does not leave out a layer of one image that another one needs", async () => {
    const engine = await fakeEngine();
    await load(engine, await image(specs.base));
    const [above, elsewhere] = [await image(specs.above), await image(specs.elsewhere)];
    await load(engine, { above, elsewhere }, "");
    expect(loadsOf(engine)).toBe(2);
    expect(layerPaths(engine.loads[1]!).sort())
      .toEqual([pathOf(above, 0), pathOf(above, 2)].sort());
    expect([...engine.images.keys()]).toContain(idOf(elsewhere));
  });

  it("sends all layers when the engine does not take a part of them", async () => {
    const missing = "open 5a.tar: no such file or directory";
    const engine = await fakeEngine({
      onLoad: (load) =>
        load === 1 ? { body: JSON.stringify({ errorDetail: { message: missing } }) } : undefined,
    });
    await load(engine, await image(specs.base));
    const put = await image(specs.above);
    const notices: string[] = [];
    await load(engine, put, "app", {}, (event) => {
      if (event.type === "notice") notices.push(event.message);
    });
    expect(engine.loads.map(layerPaths)[2]).toEqual([0, 1, 2].map((i) => pathOf(put, i)));
    expect(engine.images.has(idOf(put))).toBe(true);
    expect(notices).toEqual([expect.stringContaining(missing)]);
  });

  it("sends compressed layers as they are, where the engine reads them", async () => {
    for (
      const [kind, apiVersion, compression, magic] of [
        ["docker", "1.41", "gzip", "1f8b"],
        ["podman", "1.41", "gzip", "1f8b"],
        ["docker", "1.41", "zstd", "6100"], // the tar, which begins with the name of its file
        ["docker", "1.42", "zstd", "28b5"],
        ["docker", "2.0", "zstd", "28b5"],
        ["podman", "1.41", "zstd", "28b5"],
      ] as const
    ) {
      const engine = await fakeEngine({ kind, apiVersion });
      const put = await image({ layers: [{ a: "1" }], compression });
      await load(engine, put);
      const sent = engine.loads[0]!.get(pathOf(put, 0))!;
      expect(sent.toString("hex", 0, 2), `${compression} for ${kind} ${apiVersion}`).toBe(magic);
    }
  });

  it.each([
    ["errorDetail", { body: '{"stream":"x"}\r\n{"errorDetail":{"message":"no space"}}\r\n' }],
    ["error", { body: '{"error":"no space"}' }],
    ["a status", { status: 500, body: '{"message":"no space","cause":"x"}' }],
    ["a status and text", { status: 502, body: "no\nspace\n" }],
  ])("fails when the engine reports %s", async (_, instead) => {
    const engine = await fakeEngine({ onLoad: () => instead });
    await expect(load(engine, await image())).rejects.toMatchObject({
      code: "REFUSED",
      message: expect.stringContaining("no space"),
    });
    expect(loadsOf(engine)).toBe(1);
  });

  it("fails when the engine says that all is well, but has no such image", async () => {
    const engine = await fakeEngine({ onLoad: () => ({ body: '{"stream":"Loaded"}' }) });
    const put = await image();
    await expect(load(engine, put)).rejects.toMatchObject({
      code: "REFUSED",
      message: expect.stringContaining(idOf(put)),
    });
  });

  it.each([
    ["an error", { body: '{"errorDetail":{"message":"no space"}}' }, "REFUSED", /no space/],
    ["a status", { status: 500, body: '{"message":"no space"}' }, "REFUSED", /no space/],
    ["success", { body: '{"stream":"Loaded"}' }, "REFUSED", /before/],
    ["nothing, and hangs up", { body: "hang up" }, "NETWORK", /Cannot talk to/],
  ])("does not wait when the engine answers %s too early", async (_, instead, code, message) => {
    const engine = await fakeEngine({ onLoad: () => ({ ...instead, after: 1 << 16 }) });
    await expect(load(engine, await large())).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("breaks off when the engine stalls and the user has had enough", async () => {
    const engine = await fakeEngine({ onLoad: () => ({ body: "stall", after: 1 << 16 }) });
    const breakOff = new AbortController();
    const loading = load(engine, await large(), "app", { signal: breakOff.signal });
    const failed = expect(loading).rejects.toThrow();
    await expect.poll(() => loadsOf(engine)).toBe(1);
    breakOff.abort();
    await failed;
    expect(engine.images.size).toBe(0);
  });

  it("refuses what is not an image before anything is sent", async () => {
    const engine = await fakeEngine();
    const child = await image();
    for (const root of [index([child]), artifact()]) {
      await expect(load(engine, root)).rejects.toMatchObject({ code: "UNSUPPORTED" });
    }
    for (const name of ["Upper", `app@${idOf(child)}`, idOf(child)]) {
      await expect(load(engine, child, name)).rejects.toMatchObject({ code: "USAGE" });
    }
    expect(loadsOf(engine)).toBe(0);
  });

  it("loads what is put without having been announced", async () => {
    const engine = await fakeEngine();
    const to = await transport.sink("app", { host: engine.host });
    const put = await image();
    for (const blob of (await loadTree(put)).blobs) {
      expect(await to.has(blob.content.descriptor)).toBe(false);
      await to.put(blob);
    }
    expect(engine.images.size).toBe(0);
    await to.commit([{ root: put, references: [] }]);
    expect([...engine.images.keys()]).toEqual([idOf(put)]);
    await to[Symbol.asyncDispose]();
  });
});

describe("daemon: reading", () => {
  it("finds an image by its names and IDs", async () => {
    const engine = await fakeEngine();
    const put = await image();
    await load(engine, put, "app");
    for (
      const name of [
        "app",
        "app:latest",
        "docker.io/library/app",
        idOf(put),
        idOf(put).slice(7),
        idOf(put).slice(7, 19),
      ]
    ) {
      const got = await read(engine, name);
      expect(await readContent(got.config, LIMIT)).toEqual(await readContent(put.config, LIMIT));
    }
    for (const name of ["other", "app:2", "0".repeat(64)]) {
      await expect(read(engine, name)).rejects.toMatchObject({
        code: "NOT_FOUND",
        message: expect.stringContaining(name),
      });
    }
    await expect(read(engine, "../x")).rejects.toMatchObject({ code: "USAGE" });
  });

  it.each([
    "<html>",
    "null",
    "[]",
    "7",
    '{"Id":7}',
    '{"Id":"sha256:7"}',
    `{"Id":"sha256:${"0".repeat(64)}","RootFS":{"Layers":{}}}`,
  ])("is not content with the answer %s", async (answer) => {
    const server = createServer((_, response) => void response.end(answer));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const expected = { code: "MALFORMED", message: expect.stringContaining(host) };
    const source = await transport.source("app", { host });
    await expect(source.resolve()).rejects.toMatchObject(expected);
    await source[Symbol.asyncDispose]();
    const to = await transport.sink("app", { host });
    await expect(copy(sourceOf({ it: await image() }), to)).rejects.toMatchObject(expected);
    await to[Symbol.asyncDispose]();
  });

  it("finds what Podman has built under localhost", async () => {
    const engine = await fakeEngine({ kind: "podman" });
    const put = await image();
    await load(engine, put, "localhost/app:latest");
    expect(idOf(await read(engine, "app"))).toBe(idOf(put));
    await expect(read(engine, "docker.io/library/app")).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("is not content with another image, or with half of one", async () => {
    const wanted = await image();
    const bad = {
      DIGEST: await exported(await image()),
      MALFORMED: (await exported(wanted)).subarray(0, 700),
    };
    for (const [code, bytes] of Object.entries(bad)) {
      const engine = await fakeEngine({ exported: bytes });
      await load(engine, wanted);
      await expect(read(engine, "app")).rejects.toMatchObject({ code });
    }
  });

  it("reads what containerd's store exports: compressed layers, under their manifest", async () => {
    const put = await image({ compression: "gzip" });
    const engine = await fakeEngine({ kind: "containerd" });
    await load(engine, put);
    const id = engine.tags.get("docker.io/library/app:latest")!;
    const manifests = [{
      mediaType: put.manifest.descriptor.mediaType,
      digest: id,
      size: 1,
    }];
    const bytes = await exported(put, {
      "index.json": Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })),
    });
    const again = await fakeEngine({ kind: "containerd", exported: bytes });
    await load(again, put);
    const got = await read(again, "app");
    expect(got.layers.map(({ descriptor }) => descriptor.digest))
      .toEqual(put.layers.map(({ descriptor }) => descriptor.digest));
  });

  async function exported(of: Image, more: Record<string, Buffer> = {}): Promise<Buffer> {
    const layers = of.layers.map(async (layer, i) =>
      [`${i}`, await readContent(layer, LIMIT)] as const
    );
    const files = Object.fromEntries(await Promise.all(layers));
    return await archiveOf({
      ...files,
      config: await readContent(of.config, LIMIT),
      "manifest.json": Buffer.from(
        JSON.stringify([{ Config: "config", RepoTags: null, Layers: Object.keys(files) }]),
      ),
      ...more,
    });
  }
});

describe("daemon: which engine", () => {
  it("says what to do where none answers, and where this user may not ask", () => {
    const failure = (code: string) => Object.assign(new Error("no"), { code });
    expect(suggestEngine([failure("ENOENT"), failure("ECONNREFUSED")])).toMatch(/^start Docker/);
    expect(suggestEngine([failure("EACCES"), failure("ENOENT")])).toMatch(
      /^this user may not use the socket: run it with sudo, or join .*docker/,
    );
  });

  /** A home with nothing in it, and no engine in any of the usual places of it. */
  async function emptyHome(): Promise<string> {
    const home = await temporaryFolder();
    vi.stubEnv("HOME", home);
    vi.stubEnv("DOCKER_CONFIG", join(home, ".docker"));
    vi.stubEnv("XDG_RUNTIME_DIR", join(home, "run"));
    return home;
  }

  async function reached(engine: FakeEngine, options: TransportOptions = {}): Promise<boolean> {
    const source = await transport.source("app", options);
    await source[Symbol.asyncDispose]();
    return engine.requests.length > 0;
  }

  it("is the one named: by --host, else DOCKER_HOST, else CONTAINER_HOST", async () => {
    const [one, two, three] = [await fakeEngine(), await fakeEngine(), await fakeEngine()];
    vi.stubEnv("CONTAINER_HOST", three.host);
    expect(await reached(three)).toBe(true);
    vi.stubEnv("DOCKER_HOST", two.host);
    expect(await reached(two)).toBe(true);
    expect(await reached(one, { host: one.host })).toBe(true);
    expect(three.requests).toEqual(["GET /_ping"]);
    vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1");
    await expect(reached(three)).rejects.toMatchObject({
      code: "NETWORK",
      message: expect.stringMatching(/tcp:\/\/127\.0\.0\.1:1 \(from DOCKER_HOST; .+\)/),
    });
  });

  it("is Podman for those who say so, though DOCKER_HOST is set", async () => {
    const [docker, container] = [await fakeEngine(), await fakeEngine({ kind: "podman" })];
    const home = await emptyHome();
    vi.stubEnv("DOCKER_HOST", docker.host);
    const socketPath = join(home, "run/podman/podman.sock");
    await mkdir(join(home, "run/podman"), { recursive: true });
    const usual = await fakeEngine({ kind: "podman", socketPath });
    const order = (await findAddresses(undefined, "podman")).map(({ text }) => text);
    expect(order).toContain(usual.host);
    expect(order.at(-1)).toBe(docker.host);
    vi.stubEnv("CONTAINER_HOST", container.host);
    await (await podman.sink("app"))[Symbol.asyncDispose]();
    await (await podman.source("app"))[Symbol.asyncDispose]();
    expect(container.requests).toEqual(["GET /_ping", "GET /_ping"]);
    expect(docker.requests).toEqual([]);
  });

  it("is that of the Docker context", async () => {
    const home = await emptyHome();
    const engine = await fakeEngine();
    const folder = join(
      home,
      ".docker/contexts/meta",
      createHash("sha256").update("mine").digest("hex"),
    );
    await mkdir(folder, { recursive: true });
    const meta = { Name: "mine", Endpoints: { docker: { Host: engine.host } } };
    await writeFile(join(folder, "meta.json"), JSON.stringify(meta));
    await writeFile(join(home, ".docker/config.json"), '{"currentContext":"mine"}');
    expect(await reached(engine)).toBe(true);
    vi.stubEnv("DOCKER_CONTEXT", "other");
    await expect(reached(engine)).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining('"other"'),
    });
  });

  it("is the first of the usual sockets that answers", async () => {
    const home = await emptyHome();
    vi.stubEnv("DOCKER_CONTEXT", "default");
    const usual = await findAddresses(undefined);
    expect(usual.map(({ text }) => text)).toEqual([
      "unix:///var/run/docker.sock",
      `unix://${home}/run/docker.sock`,
      `unix://${home}/.docker/run/docker.sock`,
      "unix:///run/podman/podman.sock",
      `unix://${home}/run/podman/podman.sock`,
      `unix://${home}/.local/share/containers/podman/machine/podman.sock`,
    ]);
    expect(await findAddresses(undefined, "podman")).toEqual(usual.slice(3));
    const ours = usual.filter(({ socketPath }) => socketPath!.startsWith(home));
    await mkdir(join(home, "run/podman"), { recursive: true });
    await writeFile(ours[0]!.socketPath!, "left behind by an engine that is gone");
    await expect(connectToFirst(ours)).rejects.toMatchObject({
      code: "NETWORK",
      message: expect.stringMatching(
        /docker\.sock \(.+\), .+docker\.sock \(no such file or directory\)/,
      ),
      hint: expect.stringContaining("--host"),
    });
    await fakeEngine({ kind: "podman", socketPath: join(home, "run/podman/podman.sock") });
    const engine = await connectToFirst(ours);
    expect(engine).toMatchObject({ isPodman: true, version: [1, 41] });
    await engine[Symbol.asyncDispose]();
  });

  it.each([
    ["ssh://me:secret@host", "USAGE", /^(?!.*secret).*--host/],
    ["ssh://-oProxyCommand=x", "USAGE", /--host/],
    ["ssh://host?x", "USAGE", /--host/],
    ["docker.sock", "USAGE", /--host says is not an engine's address/],
    ["tcp://user:secret@host", "USAGE", /^(?!.*secret).*--host/],
    ["tcp://host/path", "USAGE", /--host/],
    ["unix:///nowhere/at/all", "NETWORK", /\/nowhere\/at\/all .*no such file/],
  ])("cannot be %s", async (host, code, message) => {
    await expect(transport.source("app", { host })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
