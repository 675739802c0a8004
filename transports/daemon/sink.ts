/**
 * Loading into an engine: an archive as `docker load` takes it, made while it is sent. An image
 * that is there already only gets its names; of others, Docker is sent the layers that it lacks.
 */
import type { Compression } from "../../src/bytes/detect.ts";
import { drain } from "../../src/bytes/stream.ts";
import { reason } from "../../src/errors.ts";
import { formatReference, type ImageReference } from "../../src/image/reference.ts";
import type { Image, Named, Sink, TransportOptions } from "../../src/image/root.ts";
import { writeArchive } from "../lib/archive/write.ts";
import { imagesOnly, isLayer } from "../lib/docker-archive/accept.ts";
import { nameOf } from "../lib/docker-archive/names.ts";
import { type ImageWriter, imageWriter } from "../lib/docker-archive/write.ts";
import { connect, type Engine, refused } from "./engine.ts";
import { inspect, tag } from "./images.ts";
import { loadInto } from "./load.ts";
import { NOTHING, presentIn } from "./present.ts";

const WHERE = "an engine";

/** An image and the names that it gets in the engine. */
interface NamedImage {
  readonly image: Image;
  readonly names: readonly ImageReference[];
}

/** An engine, to load images into: under the location's name, or others. */
export async function sink(location: string, options: TransportOptions = {}): Promise<Sink> {
  const own = [nameOf(location)];
  const engine = await connect(options);
  const first = beginLoad(engine, options);
  let present = NOTHING;
  const accept = (images: readonly Named[]): NamedImage[] =>
    imagesOnly(images, WHERE).map(({ image, references }) => ({
      image,
      names: references.length === 0 ? own : references.map(nameOf),
    }));
  const isPresent = ({ image }: NamedImage) => present.images.has(image.config.descriptor.digest);
  const load = async (images: readonly NamedImage[]): Promise<void> => {
    try {
      await first.finish(images);
    } catch (error) {
      const layers = images.flatMap(({ image }) => image.layers);
      if (!layers.some(({ descriptor }) => present.blobs.has(descriptor.digest))) throw error;
      options.onNotice?.(
        `sending all layers, not only those that seemed to be missing: ${reason(error)}`,
      );
      await loadAll(engine, images, options);
    }
  };
  return {
    parallel: 1,
    async prepare(wanted) {
      present = await presentIn(engine, accept(wanted).map(({ image }) => image));
    },
    has: ({ digest }) => Promise.resolve(present.blobs.has(digest)),
    async put(content) {
      if (isLayer(content, WHERE)) await first.put(content);
      else await drain(content.open()); // it is sent when all names are known
    },
    async commit(wanted) {
      const images = accept(wanted);
      const missing = images.filter((image) => !isPresent(image));
      if (missing.length > 0) await load(missing);
      for (const { image, names } of images.filter(isPresent)) {
        for (const name of names) await tag(engine, image.config.descriptor.digest, name);
      }
      for (const image of images) await checkLoaded(engine, image);
      // What an engine calls an image is its ID, the config's digest: it keeps no manifest.
      return images.map(({ image }) => image.config.descriptor);
    },
    async [Symbol.asyncDispose]() {
      await first[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}

/** Images on their way into an engine; the request begins with the first layer. */
interface Load extends AsyncDisposable {
  readonly put: ImageWriter["put"];
  finish(images: readonly NamedImage[]): Promise<void>;
}

function beginLoad(engine: Engine, { scratch, signal }: TransportOptions): Load {
  const archive = writeArchive(() => Promise.resolve(loadInto(engine, signal)), scratch);
  const writer = imageWriter(archive, { keep: compressionsOf(engine), modern: true });
  return {
    put: writer.put,
    // In full: Docker shortens names as it always does, and Podman would take them for localhost's.
    finish: (images) =>
      writer.finish(images.map(({ image, names }) => ({
        image,
        names: names.map(formatReference),
      }))),
    [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
  };
}

/** The compressions in which engines take layers; Docker has zstd since 23 (API 1.42). */
function compressionsOf({ isPodman, version: [major, minor] }: Engine): Compression[] {
  return isPodman || major > 1 || minor >= 42 ? ["gzip", "zstd"] : ["gzip"];
}

async function loadAll(engine: Engine, images: readonly NamedImage[], options: TransportOptions) {
  const load = beginLoad(engine, options);
  try {
    for (const layer of images.flatMap(({ image }) => image.layers)) await load.put(layer);
    await load.finish(images);
  } finally {
    await load[Symbol.asyncDispose]();
  }
}

/** Believes the engine only when it can show the image. */
async function checkLoaded(engine: Engine, { image, names }: NamedImage): Promise<void> {
  const { digest } = image.config.descriptor;
  if (await inspect(engine, digest)) return;
  // containerd's store has another ID for it, and the same layers.
  const named = await inspect(engine, formatReference(names[0]!));
  if (named?.diffIds.join() === image.layers.map(({ diffId }) => diffId).join()) return;
  throw refused(engine, `loaded, but it has no image ${digest}`);
}
