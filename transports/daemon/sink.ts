/**
 * Loading into an engine: an archive as `docker load` takes it, made while it is sent. An image
 * that is there already only gets its names; of others, Docker is sent the layers that it lacks.
 */
import type { Digest } from "../../src/bytes/digest.ts";
import { drainStream } from "../../src/bytes/stream.ts";
import { disposeAll } from "../../src/base/dispose.ts";
import { wrapError } from "../../src/base/errors.ts";
import { formatReference, type ImageReference } from "../../src/image/reference.ts";
import type { Lacking, Sink } from "../../src/image/sink.ts";
import type { PlaceReference } from "../../src/image/place.ts";
import type { EngineSideOptions } from "./options.ts";
import { acceptImages, checkKind, type NamedImage } from "../lib/docker-archive/accept.ts";
import { archiveNameOf, familiarNameOf } from "../lib/docker-archive/names.ts";
import { refusalOf } from "./answer.ts";
import { connect, type Engine } from "./engine.ts";
import { inspectImage, listEngineImages, tagImage } from "./images.ts";
import { beginLoad } from "./load.ts";
import { findPresent, NOTHING, type Present } from "./present.ts";

const WHERE = "an engine";

type Images = readonly NamedImage<ImageReference>[];

/**
 * Opens an engine, to load images into: under the location's name, or others. A location without a name
 * lets images keep theirs, and those that have none are loaded without a tag.
 * @param connectTo reaches the engine.
 */
export async function openSink(
  { location }: PlaceReference,
  options: EngineSideOptions = {},
  connectTo: (options: EngineSideOptions) => Promise<Engine> = connect,
): Promise<Sink> {
  const own = location === "" ? [] : [location];
  const acceptance = { where: WHERE, own: own.map(archiveNameOf), nameOf: archiveNameOf };
  const engine = await connectTo(options);
  let load = beginLoad(engine, options);
  let present = NOTHING;
  return {
    traits: { parallel: 1 },
    naming: {
      own: own.map(familiarNameOf),
      open: location === "",
      keepsOwn: true,
      nameFor: (name) => name === undefined ? undefined : familiarNameOf(name),
    },
    async prepare(wanted) {
      present = await findPresent(
        engine,
        acceptImages(wanted, acceptance).map(({ image }) => image),
      );
    },
    has: ({ digest }) => Promise.resolve(present.blobs.has(digest)),
    async put(blob) {
      checkKind(blob, WHERE);
      if (blob.kind === "layer") await load.put(blob.content);
      else await drainStream(blob.content.open()); // it is sent when all names are known
    },
    async commit(wanted) {
      const images = acceptImages(wanted, acceptance);
      const { there, missing } = Object.groupBy(
        images,
        ({ image: { config } }) =>
          present.images.has(config.descriptor.digest) ? "there" : "missing",
      );
      if (missing) {
        const lacking = await load.finish(missing)
          .then(() => undefined, (error) => lackingOf(error, missing, present));
        if (lacking) {
          present = { ...present, blobs: present.blobs.difference(new Set(lacking.lacks)) };
          await load[Symbol.asyncDispose]();
          load = beginLoad(engine, options);
          return lacking;
        }
      }
      if (there) await tagImages(engine, there);
      for (const image of missing ?? []) await checkLoaded(engine, image);
      // What an engine calls an image is its ID, the config's digest: it keeps no manifest.
      return images.map(({ image }) => image.config.descriptor);
    },
    [Symbol.asyncDispose]: () => disposeAll([engine, load]),
  };
}

/**
 * Takes a load that failed for one in which the engine missed the layers that seemed to be there;
 * throws the failure when there were none.
 */
function lackingOf(error: unknown, images: Images, { blobs }: Present): Lacking {
  const lacks = digestsOf(images);
  if (!lacks.some((digest) => blobs.has(digest))) throw error;
  return { lacks, error: wrapError(error, "Cannot load without the layers that are there") };
}

/** Returns all that the images are made of: an archive that failed has to be made anew. */
function digestsOf(images: Images): Digest[] {
  return images.flatMap(({ image: { config, layers } }) =>
    [config, ...layers].map(({ descriptor }) => descriptor.digest)
  );
}

async function tagImages(engine: Engine, images: Images): Promise<void> {
  for (const { image, names } of images) {
    for (const name of names) await tagImage(engine, image.config.descriptor.digest, name);
  }
}

/** Believes the engine only when it can show the image. */
async function checkLoaded(engine: Engine, { image, names }: Images[number]): Promise<void> {
  const { digest } = image.config.descriptor;
  if (await inspectImage(engine, digest)) return;
  // containerd's store has another ID for it, and the same layers.
  const candidates = names[0] === undefined
    ? await listEngineImages(engine)
    : [await inspectImage(engine, formatReference(names[0]))];
  const layers = image.layers.map(({ diffId }) => diffId).join();
  if (candidates.some((candidate) => candidate?.diffIds.join() === layers)) return;
  throw refusalOf(engine, `loaded, but it has no image ${digest}`);
}
