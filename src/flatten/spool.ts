/**
 * Keeps contents until it is their turn in the order of names. What lies uncompressed in a file of the
 * source is read from there once more, which `verify` vouches for; the rest is written to a nameless
 * temporary file.
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
  open(entry: Stored): ByteStream;
  /** The same; small content as it is, good until the next is asked for. */
  read(entry: Stored): ByteStream | Uint8Array | Promise<Uint8Array>;
  /**
   * To be called when all has been read: what came from files of the source is proved then, too.
   * @throws NixociError `IO` when one of them has changed since its layer was proved.
   */
  verify(): Promise<void>;
}

type Stored = Pick<FlatEntry, "file" | "storedSize">;

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
  /** The layer whose contents come now, and its place if it can be read as it is. */
  let current: { readonly layer: Layer; readonly lies: number | undefined } | undefined;
  let temporary: { readonly file: ScratchFile; readonly place: number } | undefined;
  let placeOf = new Uint16Array(256);
  let offsetOf = new Float64Array(256);

  /** Where the layer lies, if it can be read as it is. */
  const openLayer = async (layer: Layer): Promise<number | undefined> => {
    const isPlain = layerType(layer.descriptor.mediaType)?.compression === "none";
    if (!isPlain || layer.inPlace === undefined || opened.length >= MOST_OPEN) return undefined;
    const file = await layer.inPlace();
    opened.push(file);
    // One that has just been written cannot be told from what it may be in a moment.
    return await file.unchanged?.() === false ? undefined : places.push(file) - 1;
  };
  /** Finds out how contents of the layer are kept. */
  const enter = async (layer: Layer): Promise<void> => {
    current = { layer, lies: await layers.get(layer) };
    if (current.lies !== undefined || temporary !== undefined) return;
    const file = await scratch.file();
    temporary = { file, place: places.push(file) - 1 };
  };
  const remember = (file: number, place: number, offset: number): void => {
    placeOf = withRoom(placeOf, file);
    offsetOf = withRoom(offsetOf, file);
    placeOf[file] = place;
    offsetOf[file] = offset;
  };

  const keep = (file: number, { storedSize, dataOffset, data }: TarMember) => {
    const { lies } = current!;
    if (lies !== undefined) return remember(file, lies, dataOffset);
    const { file: into, place } = temporary!;
    if (into.size + storedSize > limit) throw tooMuch(limit);
    remember(file, place, into.size);
    const whole = data.whole?.();
    return whole === undefined ? writeAll(into, data) : into.write(whole);
  };
  const read: Spool["read"] = ({ file, storedSize: size }) => {
    if (size === 0) return NOTHING;
    const access = places[placeOf[file]!]!;
    const start = offsetOf[file]!;
    return size > SMALL ? access.read(start, start + size) : small.read(access, start, size);
  };

  return {
    async begin(layer) {
      if (!layers.has(layer)) layers.set(layer, openLayer(layer));
      await layers.get(layer);
    },
    put(file, member, layer) {
      if (member.storedSize === 0) return;
      if (layer === current?.layer) return keep(file, member);
      return enter(layer).then(() => keep(file, member));
    },
    read,
    async *open(entry) {
      const stored = await read(entry);
      if (stored instanceof Uint8Array) yield stored;
      else yield* stored;
    },
    async verify() {
      for (const [{ descriptor }, opening] of layers) {
        const place = await opening;
        if (place === undefined || await places[place]!.unchanged?.() !== false) continue;
        throw changed(descriptor.digest);
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.splice(0).map((file) => file[Symbol.asyncDispose]()));
    },
  };
}

const NOTHING = new Uint8Array(0);

async function writeAll(into: ScratchFile, data: ByteStream): Promise<void> {
  for await (const chunk of data) await into.write(chunk);
}

function changed(digest: string): NixociError {
  return new NixociError("IO", `the file of layer ${digest} was changed while it was read`, {
    hint: "try again when nothing writes there any more",
  });
}

function tooMuch(limit: number): NixociError {
  return new NixociError("LIMIT", `the files need more than ${limit} bytes of temporary file`, {
    hint:
      "allow more with --spool-limit, or copy the image to an oci-dir without compression first",
  });
}
