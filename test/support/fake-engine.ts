/**
 * An engine in this process that behaves as real ones were seen to: Docker's graph store and Podman
 * (4.3), by the parts of their API that nixoci uses. Archives are taken apart here, not by the code
 * under test.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { detectCompression } from "../../src/bytes/detect.ts";
import { digestOf } from "../../src/bytes/digest.ts";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { readTar } from "../../src/tar/read.ts";
import { writeTar } from "../../src/tar/write.ts";

export interface FakeOptions {
  readonly kind?: "docker" | "podman" | "containerd";
  readonly apiVersion?: string;
  /** A socket to listen on instead of a port. */
  readonly socketPath?: string;
  /** What to do instead of loading, for the load of that number, from 0. */
  readonly onLoad?: (load: number) => Instead | undefined;
  /** What to export for whatever is asked. */
  readonly exported?: Uint8Array;
}

/** An answer, or none: to hang up, or to go on listening without reading. */
export interface Instead {
  readonly status?: number;
  readonly body: string | "hang up" | "stall";
  /** After so many bytes have come; by default after all. */
  readonly after?: number;
}

interface Stored {
  readonly config: Buffer;
  readonly layers: readonly Buffer[];
}

export interface FakeEngine {
  /** As `--host` takes it. */
  readonly host: string;
  /** By ID. */
  readonly images: Map<string, Stored>;
  /** IDs by name, in full. */
  readonly tags: Map<string, string>;
  /** `METHOD path` of every request. */
  readonly requests: string[];
  /** Labels of containers, by ID. */
  readonly containers: Map<string, Record<string, string>>;
  /** The members of each archive that was to be loaded. */
  readonly loads: Map<string, Buffer>[];
  close(): Promise<void>;
}

/** Starts one, which ends with the test. */
export async function fakeEngine(options: FakeOptions = {}): Promise<FakeEngine> {
  const engine = await startFakeEngine(options);
  onTestFinished(() => engine.close());
  return engine;
}

/** Starts one, for code that closes it by itself. */
export async function startFakeEngine(options: FakeOptions = {}): Promise<FakeEngine> {
  const { kind = "docker", socketPath } = options;
  const engine: State = {
    images: new Map(),
    tags: new Map(),
    requests: [],
    loads: [],
    containers: new Map(),
  };
  const server = createServer((request, response) => {
    response.setHeader("Api-Version", options.apiVersion ?? "1.41");
    if (kind === "podman") response.setHeader("Libpod-Api-Version", "4.3.1");
    answer(engine, options, request, response).catch((error) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(JSON.stringify({ message: String(error.message ?? error) }));
    });
  });
  await new Promise<void>((resolve) => {
    if (socketPath === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(socketPath, resolve);
  });
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const host = socketPath === undefined
    ? `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
    : `unix://${socketPath}`;
  return { ...engine, host, close };
}

type State = Omit<FakeEngine, "host" | "close">;

async function answer(
  engine: State,
  options: FakeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url!, "http://engine");
  const path = decodeURIComponent(url.pathname);
  engine.requests.push(`${request.method} ${path}`);
  const json = (value: unknown, status = 200) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };
  if (path === "/_ping") return void response.end("OK");
  if (path === "/info") {
    const driver = options.kind === "containerd" ? "io.containerd.snapshotter.v1" : "overlay2";
    return json({ DriverStatus: [["driver-type", driver]] });
  }
  if (path === "/images/json") return json([...engine.images.keys()].map((Id) => ({ Id })));
  if (path === "/containers/json") {
    const { label: [wanted] } = JSON.parse(url.searchParams.get("filters")!);
    const listed = [...engine.containers].filter(([, labels]) =>
      Object.entries(labels).some(([name, value]) => `${name}=${value}` === wanted)
    );
    return json(listed.map(([Id, Labels]) => ({ Id, Labels })));
  }
  if (request.method === "DELETE") {
    engine.containers.delete(path.slice("/containers/".length));
    return void response.writeHead(204).end();
  }
  if (path === "/images/load") return await load(engine, options, request, response);
  const [, name = "", verb] = /^\/images\/(.+)\/(json|get|tag)$/.exec(path) ?? [];
  const id = idOf(engine, name);
  if (id === undefined) return json({ message: `No such image: ${name}` }, 404);
  const image: Stored = engine.images.get(id)!;
  if (verb === "json") {
    const { rootfs, config } = JSON.parse(image.config.toString("utf8"));
    return json({ Id: id, RootFS: { Type: "layers", Layers: rootfs.diff_ids }, Config: config });
  }
  if (verb === "get") return void response.end(options.exported ?? await save(image));
  engine.tags.set(`${url.searchParams.get("repo")}:${url.searchParams.get("tag")}`, id);
  response.writeHead(201).end();
}

function idOf({ images, tags }: State, name: string): string | undefined {
  if (tags.has(name)) return tags.get(name);
  return [...images.keys()].find((id) => id === name || id.slice(7).startsWith(name));
}

async function load(
  engine: State,
  { kind = "docker", apiVersion = "1.41", onLoad }: FakeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const instead = onLoad?.(engine.loads.length);
  const files = new Map<string, Buffer>();
  engine.loads.push(files);
  const report = (status: number, body: string) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body);
  };
  if (instead?.after !== undefined) await readSome(request, instead.after);
  else {
    for await (const { entry, data } of readTar(request)) {
      files.set(entry.path, await collectStream(data, 1 << 28, entry.path));
    }
  }
  if (instead?.body === "stall") return;
  if (instead?.body === "hang up") return void request.socket.destroy();
  if (instead) return report(instead.status ?? 200, instead.body);
  try {
    const zstd = kind === "podman" || apiVersion >= "1.42";
    for (const item of JSON.parse(files.get("manifest.json")!.toString("utf8"))) {
      store(engine, item, files, {
        zstd,
        partial: kind === "docker",
        byManifest: kind === "containerd",
      });
    }
    report(200, `{"stream":"Loaded image"}\n`);
  } catch (error) {
    const { message } = error as Error;
    // Podman fails properly; Docker has said 200 already.
    if (kind === "podman") report(500, JSON.stringify({ message }));
    else report(200, `{"stream":"Loading\\n"}\n${JSON.stringify({ errorDetail: { message } })}\n`);
  }
}

/** Reads so many bytes, and leaves the rest where it is. */
function readSome(request: IncomingMessage, size: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    request.on("data", (chunk: Uint8Array) => {
      seen += chunk.length;
      if (seen < size) return;
      request.pause();
      resolve();
    });
  });
}

interface Powers {
  readonly zstd: boolean;
  /** Whether layers may be missing that the engine has, standing on the same layers. */
  readonly partial: boolean;
  /** Whether images have their manifest's digest as ID. */
  readonly byManifest: boolean;
}

function store(
  engine: State,
  item: { Config: string; RepoTags: string[]; Layers: string[] },
  files: Map<string, Buffer>,
  { zstd, partial, byManifest }: Powers,
): void {
  const config = files.get(item.Config)!;
  const diffIds: string[] = JSON.parse(config.toString("utf8")).rootfs.diff_ids;
  if (diffIds.length !== item.Layers.length) throw new Error("layers length mismatch");
  const layers = item.Layers.map((path, i) => {
    const there = partial ? layerIn(engine, diffIds.slice(0, i + 1)) : undefined;
    if (there) return there;
    const file = files.get(path);
    if (!file) throw new Error(`open ${path}: no such file or directory`);
    const compression = detectCompression(file);
    if (compression === "zstd" && !zstd) throw new Error("unexpected EOF");
    const tar = compression === "gzip"
      ? gunzipSync(file)
      : compression === "zstd"
      ? zstdDecompressSync(file)
      : file;
    if (digestOf(tar) !== diffIds[i]) throw new Error(`invalid diffID for layer ${i}`);
    return tar;
  });
  const id = digestOf(byManifest ? Buffer.concat([Buffer.from("manifest of "), config]) : config);
  engine.images.set(id, { config, layers });
  for (const tag of item.RepoTags) engine.tags.set(tag, id);
}

/** The layer on top of this chain, in any image. */
function layerIn({ images }: State, chain: readonly string[]): Buffer | undefined {
  for (const { config, layers } of images.values()) {
    const diffIds: string[] = JSON.parse(config.toString("utf8")).rootfs.diff_ids;
    if (chain.every((diffId, i) => diffIds[i] === diffId)) return layers[chain.length - 1];
  }
  return undefined;
}

/** As `docker save` of an ID writes it: no names. */
async function save({ config, layers }: Stored): Promise<Buffer> {
  const files = layers.map((tar, i) => [`${i}/layer.tar`, tar] as const);
  const item = {
    Config: `${digestOf(config).slice(7)}.json`,
    RepoTags: null,
    Layers: files.map(([path]) => path),
  };
  const members = [
    ...files,
    [item.Config, config] as const,
    ["manifest.json", Buffer.from(JSON.stringify([item]))] as const,
  ].map(([path, bytes]) => ({ fields: { path, size: bytes.length }, data: streamBytes(bytes) }));
  return await collectStream(writeTar(members), 1 << 28, "an archive");
}
