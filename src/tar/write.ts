/** Writes archives: ustar, and PAX records for what ustar cannot say. Same fields, same bytes. */
import type { ByteStream } from "../bytes/stream.ts";
import type { TarFields } from "./entry.ts";

/** A member to write; `data` has exactly `fields.size` bytes, and may be missing when that is 0. */
export interface TarInput {
  readonly fields: TarFields;
  readonly data?: ByteStream;
}

/** What ends an archive: two blocks of zeros. */
export declare const END_OF_ARCHIVE: Uint8Array;

/** The header of a member: a ustar block, after a PAX extended header where one is needed. */
export declare function encodeHeader(fields: TarFields): Uint8Array;

/** The zeros between content of that many bytes and the next header: 0 to 511. */
export declare function paddingFor(size: number): Uint8Array;

/**
 * Writes another size into a header that `encodeHeader` made without one, in place. The header's
 * length does not change, so that it can be written before the size is known.
 */
export declare function patchSize(header: Uint8Array, size: number): void;

/** A whole archive, its end included. */
export declare function writeTar(
  members: AsyncIterable<TarInput> | Iterable<TarInput>,
): ByteStream;
