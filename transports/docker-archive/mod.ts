/**
 * `docker-archive:PATH[:NAME[:TAG]]`, or `PATH:@N` for the Nth image (from 0): what `docker save`
 * makes and `docker load` reads, several images in one tar file; `-` is a pipe.
 *
 * Read where it lies, compressed archives and pipes through a scratch file. Written in one pass:
 * layers as plain tars, which is all that every loader takes; the same image makes the same bytes,
 * here and with skopeo. Names are written in full, as skopeo does, or as dockerTools does where the
 * image's maker says so.
 */
import type { Digest } from "../../src/bytes/digest.ts";
import {
  createMemoryBudget,
  type MemoryBudget,
  readAhead,
} from "../../src/bytes/flow/ahead/stream.ts";
import { type ByteStream, drainStream } from "../../src/bytes/stream.ts";
import { ownResources } from "../../src/base/dispose.ts";
import { NixociError, wrapError } from "../../src/base/errors.ts";
import { guessTarSize, readLayerTar } from "../../src/image/layer/layer.ts";
import type { Layer } from "../../src/image/root.ts";
import type { PlaceReference } from "../../src/image/place.ts";
import type { Lacking, Sink, UnnamedBlob } from "../../src/image/sink.ts";
import type { Source } from "../../src/image/source.ts";
import type { Transport } from "../../src/image/transport.ts";
import type { DockerArchiveSideOptions } from "./options.ts";
import { createOrderedWork, type OrderedWork } from "../../src/bytes/flow/ordered.ts";
import { openArchive } from "../lib/archive/open.ts";
import { openOutput } from "../../src/bytes/disk/open-output.ts";
import { createArchiveWriter } from "../lib/archive/write.ts";
import { acceptImages, checkKind } from "../lib/docker-archive/accept.ts";
import { findImage, listArchiveImages } from "./choose.ts";
import { fullNameOf, givenNameOf } from "../lib/docker-archive/names.ts";
import { readArchiveImages } from "../lib/docker-archive/read.ts";
import {
  type BegunLayer,
  createImageWriter,
  type ImageWriter,
} from "../lib/docker-archive/write.ts";
import { parseLayoutLocation } from "../lib/layout.ts";

const SCHEME = "docker-archive";
const WHERE = "a docker-archive";

/** The mode that skopeo gives the files. */
const MODE = 0o444;

// Layers come over a network, and are unpacked on other threads: several at a time are quicker. So
// much of them may wait in memory for the one that is written.
const STREAMS = 6;
const AHEAD = 8 * 1024 * 1024;

async function openSource(
  place: PlaceReference,
  options: DockerArchiveSideOptions = {},
): Promise<Source> {
  const { path, reference } = parseLayoutLocation(place);
  const explainFailure = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      throw wrapError(error, `Cannot read ${path}`);
    });
  return await ownResources(async (hold) => {
    const archive = hold(await openArchive(path, options));
    const images = await explainFailure(readArchiveImages(archive, options));
    return {
      traits: { synthetic: true },
      resolve: async (wanted = reference) => await explainFailure(findImage(images, wanted).load()),
      list: () => Promise.resolve(reference === undefined ? listArchiveImages(images) : []),
    };
  });
}

async function openSink(
  place: PlaceReference,
  options: DockerArchiveSideOptions = {},
): Promise<Sink> {
  const { path, reference } = parseLayoutLocation(place);
  const storedName = options.namesAsGiven ? givenNameOf : fullNameOf;
  const own = reference === undefined ? [] : [storedName(reference)];
  const acceptance = { where: WHERE, own, nameOf: storedName };
  const archive = createArchiveWriter(() => openOutput(path, options), {
    scratch: options.scratch,
    mode: MODE,
  });
  const { keepsLayers = false } = options;
  const writer = createImageWriter(archive, {
    labels: true,
    ...keepsLayers && { keep: ["gzip", "zstd"] },
  });
  const there = new Set<Digest>();
  const order = createOrderedWork<Digest | symbol>();
  const room = createMemoryBudget(AHEAD);
  return {
    traits: { parallel: STREAMS, ordered: true, ...!keepsLayers && { layers: "tar" as const } },
    naming: {
      own,
      open: reference === undefined,
      nameFor: (name) => name === undefined ? undefined : storedName(name),
    },
    async prepare(images) {
      const accepted = acceptImages(images, acceptance).flatMap(({ image }) => image.layers);
      order.expect(accepted.flatMap(({ diffId }) => there.has(diffId) ? [] : diffId));
    },
    has: ({ digest }) => Promise.resolve(there.has(digest)),
    async put(blob) {
      checkKind(blob, WHERE);
      if (blob.kind === "layer") await putEarly(blob.content, { writer, order, room });
      else await drainStream(blob.content.open()); // it is written when all names are known
      there.add(blob.content.descriptor.digest);
    },
    async takeUnnamed({ size, label } = {}) {
      if (size === undefined || label === undefined) return undefined;
      return await takeMade(() => writer.begin(size, label), order, there);
    },
    async commit(images) {
      const named = acceptImages(images, acceptance);
      const missing = named.flatMap(({ image }) => writer.missingIn(image));
      if (missing.length > 0) return lackingOf(missing);
      await writer.finish(named);
      return named.map(({ image }) => writer.readBack(image).manifest.descriptor);
    },
    [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
  };
}

/** Takes a layer that is made here, if it can begin: when its turn comes, and until it ends. */
async function takeMade(
  begin: () => Promise<BegunLayer | undefined>,
  order: LayerQueue["order"],
  there: Set<Digest>,
): Promise<UnnamedBlob | undefined> {
  const begun = Promise.withResolvers<BegunLayer | undefined>();
  const over = Promise.withResolvers<void>();
  const turn = async () => {
    const layer = await begin();
    begun.resolve(layer);
    if (layer !== undefined) await over.promise;
  };
  order.turn(Symbol("made"), turn).catch(begun.reject);
  const layer = await begun.promise;
  if (layer === undefined) return undefined;
  const { write, end, [Symbol.asyncDispose]: dispose } = layer;
  return {
    write,
    async name({ content: { descriptor: { digest } } }) {
      await end(digest);
      there.add(digest);
    },
    async [Symbol.asyncDispose]() {
      await dispose();
      over.resolve();
    },
  };
}

/** An archive that is being written, and the layers that wait to get into it. */
interface LayerQueue {
  readonly writer: ImageWriter;
  readonly order: OrderedWork<Digest | symbol>;
  readonly room: MemoryBudget;
}

/** Begins to read the layer now, and writes it when its turn comes. */
async function putEarly(
  layer: Layer,
  { writer, order, room }: LayerQueue,
): Promise<void> {
  if (layer.isMadeHere) return await order.turn(layer.diffId, () => writer.put(layer));
  const read = (): ByteStream => writer.keeps(layer) ? layer.open() : readLayerTar(layer);
  const begun = readAhead(read(), room);
  let isFirst = true;
  const open = () => {
    const stream = isFirst ? begun.whole() : read();
    isFirst = false;
    return stream;
  };
  const guessSize = async () => {
    if (begun.size !== undefined) return begun.size;
    const guessed = await guessTarSize(layer);
    return begun.size ?? guessed; // all of it may be here by now
  };
  try {
    await order.turn(layer.diffId, () => writer.put(layer, { open, guess: guessSize }));
  } finally {
    await begun.stop();
  }
}

function lackingOf(layers: readonly Layer[]): Lacking {
  const lacks = layers.map(({ descriptor }) => descriptor.digest);
  const names = layers.map(({ diffId }) => diffId).join(", ");
  return {
    lacks,
    error: new NixociError("INCOMPLETE", `the archive lacks the layers ${names}`),
  };
}

/** Archives as `docker save` makes them. */
export const transport: Transport<DockerArchiveSideOptions> = {
  scheme: SCHEME,
  source: openSource,
  sink: openSink,
};
