/** Reading from an engine: what `docker save` would write, spooled, then read as a docker-archive. */
import { disposeAll } from "../../src/base/dispose.ts";
import { during, NixociError } from "../../src/base/errors.ts";
import { MAX_DOCUMENT } from "../../src/image/json.ts";
import type { Image, Source, TransportOptions } from "../../src/image/root.ts";
import { type Archive, spoolArchive } from "../lib/archive/open.ts";
import { imagesIn } from "../lib/docker-archive/read.ts";
import { INDEX_FILE, parseIndex } from "../lib/layout.ts";
import type { Preference } from "./address.ts";
import { errorIn, refused, send } from "./answer.ts";
import { connect, type Engine } from "./engine.ts";
import { type EngineImage, inspect, namesFor } from "./images.ts";

/** An engine's image, by name or ID. */
export async function source(
  location: string,
  options: TransportOptions = {},
  preference?: Preference,
): Promise<Source> {
  namesFor(location, false); // refuses what is no name before anything is asked
  const engine = await connect(options, preference);
  const opened: AsyncDisposable[] = [engine];
  return {
    traits: { synthetic: true },
    async resolve(wanted = location) {
      // By ID from here on: the name may move while we read.
      const { id } = await find(engine, wanted);
      const archive = await save(engine, id, options);
      opened.push(archive);
      return await imageIn(archive, id, engine);
    },
    [Symbol.asyncDispose]: () => disposeAll(opened),
  };
}

async function find(engine: Engine, wanted: string): Promise<EngineImage> {
  for (const name of namesFor(wanted, engine.isPodman)) {
    const image = await inspect(engine, name);
    if (image !== undefined) return image;
  }
  throw new NixociError("NOT_FOUND", `${engine.name} has no image ${wanted}`, {
    hint: `${engine.isPodman ? "podman" : "docker"} images lists those that it has`,
  });
}

async function save(engine: Engine, id: string, options: TransportOptions): Promise<Archive> {
  const { status, body } = await send(engine, "GET", `/images/${encodeURI(id)}/get`);
  if (status !== 200) throw refused(engine, await errorIn(body) ?? `it answers ${status}`);
  try {
    return await spoolArchive(body, options);
  } catch (error) {
    throw during(error, `Cannot read what ${engine.name} exports`);
  }
}

/** The exported image, which must be the one that was asked for. */
async function imageIn(archive: Archive, id: string, engine: Engine): Promise<Image> {
  const [exported] = await imagesIn(archive);
  if (exported === undefined) throw refused(engine, `nothing, when asked for ${id}`);
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
  const index = parseIndex(await archive.bytes(INDEX_FILE, MAX_DOCUMENT), "the export");
  return index.manifests.some(({ digest }) => digest === id);
}
