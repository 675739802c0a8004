/**
 * Keeps contents until their turn in the order of names. Those that lie uncompressed in a file of
 * the source are read there once more, and `verify` checks that file; the rest is written to a
 * nameless temporary file.
 */
import type { RandomAccess } from "../bytes/disk/random-access.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { NixociError } from "../base/errors.ts";
import type { Layer } from "../image/root.ts";
import type { Scratch, ScratchFile } from "../image/disk/scratch.ts";
import type { TarMember } from "../tar/read.ts";
import { Column } from "./tree/columns.ts";
import { createInPlaceFiles, type InPlaceFiles } from "./in-place-files.ts";
import type { ContentStore, FlatEntry } from "./types.ts";
import { createWindowReader, SMALL } from "./window-reader.ts";

/** Contents by the numbers of their files. */
export interface Spool extends ContentStore, Pick<InPlaceFiles, "verify">, AsyncDisposable {
  /** Reads the stored content of a file: each chunk is the reader's until it asks for the next. */
  open(entry: StoredFile): ByteStream;
  /** Does the same; small content comes as it is, good until the next is asked for. */
  read(entry: StoredFile): ByteStream | Uint8Array | Promise<Uint8Array>;
}

type StoredFile = Pick<FlatEntry, "file" | "storedSize">;

/** The most layers whose files are held open; those beyond are spooled. */
const MOST_OPEN = 256;

/**
 * Creates an empty spool. Disposing of it closes the files that it holds open.
 * @param limit the most bytes of temporary file.
 */
export function createSpool(scratch: Scratch, limit = Infinity): Spool {
  const places = createPlaces();
  const layers = createInPlaceFiles(MOST_OPEN);
  const small = createWindowReader();
  /** The layer whose contents come now, and its place if it can be read as it is. */
  let current: { readonly layer: Layer; readonly lies: number | undefined } | undefined;
  let temporary: { readonly file: ScratchFile; readonly place: number } | undefined;
  /** Finds out how contents of the layer are kept. */
  const enter = async (layer: Layer): Promise<void> => {
    const file = layers.fileOf(layer);
    current = { layer, lies: file && places.add(file) };
    if (file !== undefined || temporary !== undefined) return;
    const made = await scratch.file();
    temporary = { file: made, place: places.add(made) };
  };
  const keep = (file: number, { storedSize, dataOffset, data }: TarMember) => {
    const { lies } = current!;
    if (lies !== undefined) return places.remember(file, lies, dataOffset);
    const { file: into, place } = temporary!;
    if (into.size + storedSize > limit) throw limitError(limit);
    places.remember(file, place, into.size);
    const whole = data.whole?.();
    return whole === undefined ? writeAll(into, data) : into.write(whole);
  };
  const read: Spool["read"] = ({ file, storedSize: size }) => {
    if (size === 0) return NOTHING;
    const access = places.accessOf(file);
    const start = places.offsetOf(file);
    return size > SMALL ? access.read(start, start + size) : small.read(access, start, size);
  };

  return {
    begin: layers.hold,
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
    verify: layers.verify,
    [Symbol.asyncDispose]: () => layers[Symbol.asyncDispose](),
  };
}

/** Remembers in which of several files, and where in it, each content lies. */
function createPlaces() {
  const accesses: RandomAccess[] = [];
  const places = new Column(Uint16Array);
  const offsets = new Column(Float64Array);
  return {
    /** Adds a file, once; returns its number. */
    add(access: RandomAccess): number {
      const known = accesses.indexOf(access);
      return known === -1 ? accesses.push(access) - 1 : known;
    },
    remember(file: number, place: number, offset: number): void {
      places.reserve(file);
      offsets.reserve(file);
      places.set(file, place);
      offsets.set(file, offset);
    },
    accessOf: (file: number): RandomAccess => accesses[places.get(file)]!,
    offsetOf: (file: number): number => offsets.get(file),
  };
}

const NOTHING = new Uint8Array(0);

async function writeAll(into: ScratchFile, data: ByteStream): Promise<void> {
  for await (const chunk of data) await into.write(chunk);
}

function limitError(limit: number): NixociError {
  return new NixociError("LIMIT", `the files need more than ${limit} bytes of temporary file`, {
    hint:
      "allow more with --spool-limit, or copy the image to an oci-dir without compression first",
  });
}
