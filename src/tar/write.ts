/** Writes whole archives: headers, contents, padding and the end. */
import { NixociError } from "../base/errors.ts";
import { streamPour } from "../bytes/pour.ts";
import { type ByteStream, CHUNK_SIZE, type Receiver } from "../bytes/stream.ts";
import { BLOCK, paddedSizeOf, zerosOf } from "./block.ts";
import { encodeHeader } from "./encode.ts";
import { encodeSparseHeader } from "./encode-sparse.ts";
import type { Extent, TarFields } from "./entry.ts";
import { quoteName } from "./name.ts";

export { encodeHeader } from "./encode.ts";
export { patchSize } from "./ustar.ts";

/**
 * A member to write; `data` has exactly `fields.size` bytes, and may be missing when that is 0. It can
 * be bytes in memory, because a stream costs more than a small file does.
 */
export interface TarInput {
  readonly fields: TarFields;
  readonly data?: ByteStream | Uint8Array | undefined;
  /** The extents of a sparse file: `data` has only these, one after another. */
  readonly sparse?: readonly Extent[] | undefined;
}

/** The end of an archive: two blocks of zeros. */
export const END_OF_ARCHIVE: Uint8Array = Buffer.alloc(2 * BLOCK);

/**
 * Returns the zeros between content of that many bytes and the next header: 0 to 511.
 * @example
 * ```ts
 * import { tar } from "nixoci";
 * console.log(tar.paddingOf(500).length); // 12
 * ```
 */
export function paddingOf(size: number): Uint8Array {
  return zerosOf(paddedSizeOf(size) - size);
}

/**
 * Writes a whole archive, including its end. Headers and small contents are joined into large chunks.
 * @param encode makes the headers: `encodeHeader`, or another dialect's.
 * @throws from the stream, NixociError `SIZE` when data is not as long as its size says; what
 * `encodeHeader` throws.
 * @example
 * ```ts
 * import { tar } from "nixoci";
 * const hi = { fields: { path: "hi", size: 2, mode: 0o644 }, data: Buffer.from("hi") };
 * let size = 0;
 * for await (const chunk of tar.writeTar([hi])) size += chunk.length;
 * console.log(size); // 2048
 * ```
 */
export function writeTar(
  members: AsyncIterable<TarInput> | Iterable<TarInput>,
  encode?: (fields: TarFields) => Uint8Array,
): ByteStream {
  return streamPour(async (receive) => {
    const writer = createTarWriter(receive, encode);
    for await (const member of members) {
      const adding = writer.add(member);
      if (adding !== undefined) await adding;
    }
    await writer.end();
  });
}

/** Writes an archive member by member. Await each call, if there is something to await. */
export interface TarWriter {
  /**
   * Writes a member.
   * @throws NixociError as {@link writeTar} does.
   */
  add(member: TarInput): Promise<void> | undefined;
  /** Writes the end of the archive. */
  end(): Promise<void>;
}

/** Creates a writer whose chunks the receiver gets: {@link writeTar} for members that come by themselves. */
export function createTarWriter(
  receive: Receiver,
  encode: (fields: TarFields) => Uint8Array = encodeHeader,
): TarWriter {
  const batch = new ChunkBatch(receive);
  const addStream = async (header: Uint8Array, member: TarInput, size: number): Promise<void> => {
    await batch.send(header);
    let left = size;
    for await (const bytes of member.data as ByteStream) {
      left -= bytes.length;
      if (left < 0) break;
      const sending = batch.send(bytes);
      if (sending !== undefined) await sending;
    }
    if (left !== 0) throw wrongSizeError(member.fields, size, left);
    await batch.send(paddingOf(size));
  };
  return {
    add(member) {
      const { fields, data = NOTHING, sparse } = member;
      const header = sparse === undefined ? encode(fields) : encodeSparseHeader(fields, sparse);
      const size = sparse === undefined ? fields.size ?? 0 : storedSizeOf(sparse);
      if (!(data instanceof Uint8Array)) return addStream(header, member, size);
      if (data.length !== size) throw wrongSizeError(fields, size, size - data.length);
      return batch.send(header, data, paddingOf(size));
    },
    async end() {
      await batch.send(END_OF_ARCHIVE);
      await batch.flush();
    },
  };
}

const NOTHING = new Uint8Array(0);

function storedSizeOf(extents: readonly Extent[]): number {
  return extents.reduce((sum, { size }) => sum + size, 0);
}

/** @param left the bytes that are missing; negative for too many. */
function wrongSizeError({ path }: TarFields, size: number, left: number): NixociError {
  const name = quoteName(path);
  const got = left < 0 ? `more than ${size}` : `${size - left}`;
  return new NixociError("SIZE", `${name} should have ${size} bytes, but its data has ${got}`);
}

/** The size from which pieces pass as they are. */
const LARGE = CHUNK_SIZE / 4;

/** A batch of small pieces, joined because each chunk costs time in every stage of a pipeline. */
class ChunkBatch {
  readonly #receive: Receiver;
  readonly #buffer = Buffer.allocUnsafe(CHUNK_SIZE);
  #filled = 0;

  constructor(receive: Receiver) {
    this.#receive = receive;
  }

  /** Takes the pieces; returns a promise if the receiver gets some of them now. */
  send(...pieces: readonly Uint8Array[]): Promise<void> | undefined {
    let at = 0;
    while (at < pieces.length && this.#add(pieces[at]!)) at++;
    return at < pieces.length ? this.#sendAll(pieces.slice(at)) : undefined;
  }

  /** Gives the receiver what has gathered. */
  async flush(): Promise<void> {
    if (this.#filled === 0) return;
    await this.#receive(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }

  async #sendAll(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      if (this.#add(piece)) continue;
      await this.flush();
      if (!this.#add(piece)) await this.#receive(piece);
    }
  }

  /** Takes a piece in, if it is small and there is room, as there nearly always is. */
  #add(piece: Uint8Array): boolean {
    if (piece.length >= LARGE || this.#filled + piece.length > CHUNK_SIZE) return false;
    this.#buffer.set(piece, this.#filled);
    this.#filled += piece.length;
    return true;
  }
}
