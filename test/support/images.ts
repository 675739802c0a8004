/** Images of any shape, made in memory from a seed. */
import { randomBytes } from "node:crypto";
import { type Digest, digestOf } from "../../src/bytes/digest.ts";
import { createImage } from "../../src/image/documents/assemble.ts";
import { type Content, content, contentOf } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { encodeJson } from "../../src/image/json.ts";
import { type Format, layerMediaTypeOf, MEDIA_TYPES } from "../../src/image/media-types.ts";
import type { Platform } from "../../src/image/platform.ts";
import type { Artifact, Image, Index, Layer, Root } from "../../src/image/root.ts";
import type { Source } from "../../src/image/source.ts";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { compressStream } from "../../src/bytes/compression.ts";
import { writeTar } from "../../src/tar/write.ts";

/** Paths and contents. */
export type Files = Readonly<Record<string, string | undefined>>;

export interface ImageSpec {
  /** When it was made; its config does not say it unless this does. */
  readonly created?: string;
  readonly format?: Format;
  readonly platform?: Platform;
  /** For each layer the files in it, path and content. */
  readonly layers?: readonly Files[];
  readonly compression?: "none" | "gzip" | "zstd";
  readonly config?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A tar archive of files, with the mode and times of a reproducible build. */
export async function tarFile(files: Files): Promise<Buffer> {
  const members = Object.entries(files).map(([path, text]) => {
    const bytes = Buffer.from(text ?? "");
    return { fields: { path, size: bytes.length, mode: 0o644 }, data: streamBytes(bytes) };
  });
  return await collectStream(writeTar(members), 1 << 28, "a test layer");
}

/** A layer of files. */
export async function layerOf(
  files: Files,
  compression: "none" | "gzip" | "zstd" = "gzip",
  format: Format = "oci",
): Promise<Layer> {
  const tar = await tarFile(files);
  const bytes = compression === "none" ? tar : await collectStream(
    compressStream(streamBytes(tar), { kind: compression }),
    1 << 28,
    "a test layer",
  );
  const mediaType = layerMediaTypeOf({ format, compression, distributable: true })!;
  return { ...contentOf(mediaType, bytes), diffId: digestOf(tar) };
}

/** An image as the spec says; by default one gzip layer with a file of its own. */
export async function image(spec: ImageSpec = {}): Promise<Image> {
  const { format = "oci", compression = "gzip", platform, annotations } = spec;
  const files = spec.layers ?? [{ "hello.txt": `hello ${randomBytes(8).toString("hex")}\n` }];
  const layers = await Promise.all(files.map((one) => layerOf(one, compression, format)));
  const { os = "linux", architecture = "amd64", variant } = platform ?? {};
  const config = contentOf(
    MEDIA_TYPES[format].config,
    encodeJson({
      architecture,
      os,
      ...(variant && { variant }),
      ...(spec.created !== undefined && { created: spec.created }),
      config: spec.config ?? { Cmd: ["/hello"] },
      rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
    }),
  );
  return createImage(format, config, layers, annotations ? { annotations } : {});
}

/** An index of roots; images get the platforms given, in order. */
export function index(
  children: readonly Root[],
  platforms: readonly (Platform | undefined)[] = [],
  format: Format = "oci",
): Index {
  const manifests = children.map((child, i): Descriptor => ({
    ...child.manifest.descriptor,
    ...(platforms[i] && { platform: platforms[i] }),
  }));
  const mediaType = MEDIA_TYPES[format].index;
  return {
    kind: "index",
    manifest: contentOf(mediaType, encodeJson({ schemaVersion: 2, mediaType, manifests })),
    children: children.map((child, i) => ({
      descriptor: manifests[i]!,
      load: () => Promise.resolve(child),
    })),
  };
}

/** Something with a manifest that is not an image. */
export function artifact(text = "a signature"): Artifact {
  const config = contentOf("application/vnd.oci.empty.v1+json", Buffer.from("{}"));
  const blob = contentOf("text/plain", Buffer.from(text));
  const manifest = contentOf(
    MEDIA_TYPES.oci.manifest,
    encodeJson({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.oci.manifest,
      artifactType: "application/vnd.example.signature",
      config: config.descriptor,
      layers: [blob.descriptor],
    }),
  );
  return { kind: "artifact", manifest, blobs: [config, blob] };
}

/** A source that gives roots by name, and counts what is opened. */
export function sourceOf(
  roots: Readonly<Record<string, Root>>,
  more: Partial<Source> = {},
): Source {
  const names = Object.keys(roots);
  return {
    resolve: (reference = names[0]!) => Promise.resolve(roots[reference]!),
    list: () => Promise.resolve(names.map((name) => ({ select: name, name }))),
    async [Symbol.asyncDispose]() {},
    ...more,
  };
}

/** The root with every layer's `open` counted. */
export function counted(image: Image): { root: Image; opened: Map<Digest, number> } {
  const opened = new Map<Digest, number>();
  const layers = image.layers.map((layer): Layer => ({
    ...layer,
    open(options) {
      opened.set(layer.descriptor.digest, (opened.get(layer.descriptor.digest) ?? 0) + 1);
      return layer.open(options);
    },
  }));
  return { root: { ...image, layers }, opened };
}

/** Content whose bytes are not what its descriptor says. */
export function lying(of: Content, bytes: Uint8Array): Content {
  return content(of.descriptor, () => streamBytes(bytes));
}

/** The same content in small chunks, whose one buffer is overwritten as soon as the next is asked for. */
export function scribbling<C extends Content>(of: C): C {
  return {
    ...of,
    async *open(options) {
      const buffer = Buffer.alloc(1009);
      for await (const chunk of of.open(options)) {
        for (let at = 0; at < chunk.length; at += buffer.length) {
          const part = chunk.subarray(at, at + buffer.length);
          buffer.set(part);
          yield buffer.subarray(0, part.length);
          buffer.fill(0xaa);
        }
      }
    },
  };
}
