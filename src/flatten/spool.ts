/**
 * Keeps contents until it is their turn in the order of names. What lies uncompressed in a file of the
 * source is read from there once more; the rest is written to a nameless temporary file.
 */
import type { RandomAccess } from "../bytes/random.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { NixociError } from "../errors.ts";
import { layerType } from "../image/media-types.ts";
import type { Layer } from "../image/root.ts";
import type { Scratch, ScratchFile } from "../image/scratch.ts";
import type { TarMember } from "../tar/read.ts";
import { withRoom } from "./columns.ts";
import type { ContentStore, FlatEntry } from "./types.ts";
import { SMALL, windows } from "./windows.ts";

/** Contents by the numbers of their files. */
export interface Spool extends ContentStore, AsyncDisposable {
  /** The stored content of a file: chunks that are the reader's until it asks for the next. */
  open(entry: Pick<FlatEntry, "file" | "storedSize">): ByteStream;
}

/** Layers whose files are held open; those beyond are spooled. */
const MOST_OPEN = 256;

/**
 * An empty spool. Disposing of it lets go of what it holds open.
 * @param limit the most bytes of temporary file.
 */
export function spool(scratch: Scratch, limit = Infinity): Spool {
  const places: RandomAccess[] = [];
  const layers = new Map<Layer, Promise<number | undefined>>();
  const opened: AsyncDisposable[] = [];
  const small = windows();
  let temporary: Promise<{ readonly file: ScratchFile; readonly place: number }> | undefined;
  let placeOf = new Uint16Array(256);
  let offsetOf = new Float64Array(256);

  /** Where the layer lies, if it can be read as it is. */
  const openLayer = async (layer: Layer): Promise<number | undefined> => {
    const isPlain = layerType(layer.descriptor.mediaType)?.compression === "none";
    if (!isPlain || layer.lying === undefined || opened.length >= MOST_OPEN) return undefined;
    const file = await layer.lying();
    opened.push(file);
    return places.push(file) - 1;
  };
  const openTemporary = async () => {
    const file = await scratch.file();
    return { file, place: places.push(file) - 1 };
  };
  const remember = (file: number, place: number, offset: number): void => {
    placeOf = withRoom(placeOf, file);
    offsetOf = withRoom(offsetOf, file);
    placeOf[file] = place;
    offsetOf[file] = offset;
  };

  return {
    async put(file: number, member: TarMember, layer: Layer) {
      if (member.storedSize === 0) return;
      let known = layers.get(layer);
      if (known === undefined) layers.set(layer, known = openLayer(layer));
      const lies = await known;
      if (lies !== undefined) return remember(file, lies, member.dataOffset);
      const { file: into, place } = await (temporary ??= openTemporary());
      if (into.size + member.storedSize > limit) throw tooMuch(limit);
      remember(file, place, into.size);
      for await (const chunk of member.data) await into.write(chunk);
    },
    async *open({ file, storedSize: size }) {
      if (size === 0) return;
      const access = places[placeOf[file]!]!;
      const start = offsetOf[file]!;
      if (size > SMALL) return yield* access.read(start, start + size);
      const bytes = small.read(access, start, size);
      yield bytes instanceof Promise ? await bytes : bytes;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.splice(0).map((file) => file[Symbol.asyncDispose]()));
    },
  };
}

function tooMuch(limit: number): NixociError {
  return new NixociError("LIMIT", `the files need more than ${limit} bytes of temporary file`, {
    hint:
      "allow more with --spool-limit, or copy the image to an oci-dir without compression first",
  });
}
