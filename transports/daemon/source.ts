/** Reading from an engine: what `docker save` would write, spooled, then read as a docker-archive. */
import { disposeAll } from "../../src/base/dispose.ts";
import { NixociError, wrapError } from "../../src/base/errors.ts";
import type { Image } from "../../src/image/root.ts";
import type { Source } from "../../src/image/source.ts";
import type { PlaceReference } from "../../src/image/place.ts";
import type { EngineSideOptions } from "./options.ts";
import { type Archive, spoolArchive } from "../lib/archive/open.ts";
import { readArchiveImages } from "../lib/docker-archive/read.ts";
import { INDEX_FILE, MAX_INDEX_FILE, parseLayoutIndex } from "../lib/layout.ts";
import { readError, refusalOf, sendRequest } from "./answer.ts";
import { connect, type Engine } from "./engine.ts";
import { type EngineImage, inspectImage, listEngineNames } from "./images.ts";

/** Opens an engine's image, by name or ID. @param connectTo reaches the engine. */
export async function openSource(
  { location }: PlaceReference,
  options: EngineSideOptions = {},
  connectTo: (options: EngineSideOptions) => Promise<Engine> = connect,
): Promise<Source> {
  listEngineNames(location, false); // refuses what is not a name before anything is asked
  const engine = await connectTo(options);
  const opened: AsyncDisposable[] = [engine];
  return {
    traits: { synthetic: true },
    async resolve(wanted = location) {
      // By ID from here on: the name may move while we read.
      const { id } = await findImage(engine, wanted);
      const archive = await fetchImage(engine, id, options);
      opened.push(archive);
      return await readImage(archive, id, { engine, options });
    },
    [Symbol.asyncDispose]: () => disposeAll(opened),
  };
}

async function findImage(engine: Engine, wanted: string): Promise<EngineImage> {
  for (const name of listEngineNames(wanted, engine.isPodman)) {
    const image = await inspectImage(engine, name);
    if (image !== undefined) return image;
  }
  throw new NixociError("NOT_FOUND", `${engine.name} has no image ${wanted}`, {
    hint: `${engine.isPodman ? "podman" : "docker"} images lists those that it has`,
  });
}

async function fetchImage(
  engine: Engine,
  id: string,
  options: EngineSideOptions,
): Promise<Archive> {
  const reply = await sendRequest(engine, "GET", `/images/${encodeURI(id)}/get`);
  const { status } = reply;
  if (status !== 200) throw refusalOf(engine, await readError(reply) ?? `it answers ${status}`);
  try {
    return await spoolArchive(reply.stream(), options);
  } catch (error) {
    throw wrapError(error, `Cannot read what ${engine.name} exports`);
  }
}

/** Reads the exported image, which must be the one that was asked for. */
async function readImage(
  archive: Archive,
  id: string,
  { engine, options }: { readonly engine: Engine; readonly options: EngineSideOptions },
): Promise<Image> {
  const [exported] = await readArchiveImages(archive, { bounds: options.bounds });
  if (exported === undefined) throw refusalOf(engine, `nothing, when asked for ${id}`);
  const image = await exported.load();
  if (image.config.descriptor.digest === id || await isInIndex(archive, id)) return image;
  throw new NixociError(
    "DIGEST",
    `${engine.name} was asked for ${id}, but exports ${image.config.descriptor.digest}`,
  );
}

/** containerd's store names images by their manifest or index, which it exports, too. */
async function isInIndex(archive: Archive, id: string): Promise<boolean> {
  if (!archive.has(INDEX_FILE)) return false;
  const index = parseLayoutIndex(await archive.bytes(INDEX_FILE, MAX_INDEX_FILE), "the export");
  return index.manifests.some(({ digest }) => digest === id);
}
