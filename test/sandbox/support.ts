/** Commands run on a small image of busybox, and what they leave. */
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../src/bytes/digest.ts";
import { collectStream } from "../../src/bytes/stream.ts";
import { copy } from "../../src/copy/copy.ts";
import { contentOf } from "../../src/image/content.ts";
import { createImage } from "../../src/image/documents/assemble.ts";
import { encodeJson } from "../../src/image/json.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import type { Layer } from "../../src/image/root.ts";
import { createScratch } from "../../src/image/disk/scratch.ts";
import { makeProcessGroup } from "../../src/sandbox/system/cgroup.ts";
import { LAYER_TYPE } from "../../src/recipe/layers.ts";
import { runOnLayers, type SandboxCommand, type SandboxOptions } from "../../src/sandbox/mod.ts";
import type { TarEntry, TarFields } from "../../src/tar/entry.ts";
import { readTar } from "../../src/tar/read.ts";
import { writeTar } from "../../src/tar/write.ts";
import { openSink } from "../../transports/mod.ts";
import { folderToDispose } from "../support/folder.ts";
import { sourceOf } from "../support/images.ts";
import { lacks } from "../support/tools.ts";

/** Whether commands cannot be run here. */
export const CANNOT_RUN: boolean = process.platform !== "linux" ||
  lacks("busybox", "unshare", "setpriv", "prlimit", "tar");

/** Whether the processes of commands can be counted here. */
export const CAN_LIMIT: boolean = process.getuid?.() !== 0 || await canMakeGroups();

async function canMakeGroups(): Promise<boolean> {
  const group = makeProcessGroup(1);
  await group?.[Symbol.asyncDispose]();
  return group !== undefined;
}

/** A file of a layer: its fields, and its bytes. */
export type LayerFile = TarFields & { readonly data?: string | Uint8Array };

/** A layer of these files. */
export async function layerOf(files: readonly LayerFile[]): Promise<Layer> {
  const members = files.map(({ data = "", ...fields }) => {
    const bytes = Buffer.from(data as string);
    return { fields: { mode: 0o644, ...fields, size: bytes.length }, data: bytes };
  });
  const bytes = await collectStream(writeTar(members), 1 << 28, "a test layer");
  return { ...contentOf(LAYER_TYPE, bytes), diffId: digestOf(bytes) };
}

/** A folder of a layer. */
export function folder(path: string, fields: Partial<TarFields> = {}): LayerFile {
  return { path: `${path}/`, type: "directory", mode: 0o755, ...fields };
}

const APPLETS =
  "sh ls cat mkdir rm rmdir chown chmod touch mv cp ln id ps mknod sleep true false " +
  "env echo test stat setsid kill printf dd mount umount nc grep mkfifo pwd seq ip find tail readlink";

/** A layer of busybox, and of files that tests change. */
export async function busyboxLayer(more: readonly LayerFile[] = []): Promise<Layer> {
  return await layerOf([
    folder("bin"),
    { path: "bin/busybox", mode: 0o755, data: CANNOT_RUN ? "" : readFileSync(findBusybox()) },
    ...APPLETS.split(" ").map((name): LayerFile => ({
      path: `bin/${name}`,
      type: "symlink",
      linkpath: "busybox",
    })),
    folder("etc"),
    { path: "etc/passwd", data: "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n" },
    { path: "etc/group", data: "root:x:0:\nstaff:x:50:\nwheel:x:10:root,app\nweb:x:33:app\n" },
    folder("tmp", { mode: 0o1777 }),
    folder("data"),
    { path: "data/a", data: "a\n" },
    { path: "data/b", data: "b\n" },
    folder("data/sub", { mode: 0o750, uid: 33, gid: 33 }),
    { path: "data/sub/c", data: "c\n" },
    ...more,
  ]);
}

function findBusybox(): string {
  const folders = (process.env["PATH"] ?? "").split(":");
  const found = folders.map((one) => join(one, "busybox")).find((path) => {
    try {
      return readFileSync(path).length > 0;
    } catch {
      return false;
    }
  });
  return found!;
}

/** Writes an image of these layers. @param config the fields that its config has besides. */
export async function writeLayout(
  layers: readonly Layer[],
  reference: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const bytes = encodeJson({
    architecture: "amd64",
    os: "linux",
    config: { Env: ["PATH=/bin"] },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created_by: "base" })),
    ...config,
  });
  const image = createImage("oci", contentOf(MEDIA_TYPES.oci.config, bytes), layers);
  const sink = await openSink(reference);
  await copy(sourceOf({ latest: image }), sink);
  await sink[Symbol.asyncDispose]();
}

/** What a command left: the entries of its layer, and what it printed. */
export interface Outcome {
  readonly entries: readonly TarEntry[];
  /** The contents of files, by path. */
  readonly texts: Readonly<Record<string, string>>;
  readonly digest: string | undefined;
  readonly printed: string;
}

let cache: Promise<{ path: string; dispose(): Promise<void> }> | undefined;

/** The folder of a cache that all runs of a test file share. */
export async function sharedCache(): Promise<string> {
  return (await (cache ??= folderToDispose())).path;
}

/** Removes it. */
export async function disposeCache(): Promise<void> {
  await (await cache)?.dispose();
  cache = undefined;
}

/** Runs a line of a shell, or another command, on layers. */
export async function runOn(
  layers: readonly Layer[],
  command: string | Partial<SandboxCommand>,
  options: Partial<SandboxOptions> = {},
): Promise<Outcome> {
  const given = typeof command === "string" ? { argv: ["/bin/sh", "-ec", command] } : command;
  const scratch = createScratch();
  const printed: Uint8Array[] = [];
  try {
    const { layer } = await runOnLayers(layers, {
      argv: [],
      env: ["PATH=/bin"],
      ...given,
    }, {
      scratch,
      cache: await sharedCache(),
      onOutput: (bytes) => printed.push(bytes.slice()),
      ...options,
    });
    const entries: TarEntry[] = [];
    const texts: Record<string, string> = {};
    if (layer !== undefined) {
      for await (const { entry, data } of readTar(layer.open())) {
        entries.push(entry);
        if (entry.type === "file") {
          texts[entry.path] = (await collectStream(data, 1 << 24, entry.path)).toString();
        }
      }
    }
    const text = Buffer.concat(printed).toString();
    return { entries, texts, digest: layer?.descriptor.digest, printed: text };
  } finally {
    await scratch[Symbol.asyncDispose]();
  }
}

/** Each entry in a line: mode, owner, path, and where a link leads. */
export function describeEntries(entries: readonly TarEntry[]): string[] {
  return entries.map(({ mode, uid, gid, path, linkpath, type }) =>
    [mode.toString(8), `${uid}:${gid}`, path, ...linkpath ? [type, linkpath] : []].join(" ")
  );
}
