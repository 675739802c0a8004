/** Archives in memory, and ways to hand them to a reader. */
import { createHash } from "node:crypto";
import type { RandomAccess } from "../../../src/bytes/disk/random-access.ts";
import { type ByteStream, collectStream } from "../../../src/bytes/stream.ts";
import type { IndexedEntry, TarFields } from "../../../src/tar/entry.ts";
import { readTar } from "../../../src/tar/read.ts";
import { expandSparse } from "../../../src/tar/sparse.ts";
import { encodeHeader, END_OF_ARCHIVE, paddingOf } from "../../../src/tar/write.ts";

/** The bytes in chunks of the sizes that `next` gives; each is overwritten when the next is asked for. */
export async function* inChunks(bytes: Uint8Array, next: () => number): ByteStream {
  let last: Uint8Array | undefined;
  for (let at = 0; at < bytes.length;) {
    last?.fill(0xee);
    last = Buffer.from(bytes.subarray(at, at += Math.max(0, next())));
    yield last;
  }
}

export function inOne(bytes: Uint8Array): ByteStream {
  return inChunks(bytes, () => bytes.length);
}

export function asFile(bytes: Uint8Array): RandomAccess & { reads: number } {
  return {
    size: bytes.length,
    reads: 0,
    read: (start = 0, end = bytes.length) => inOne(bytes.subarray(start, end)),
    async readAt(into, position) {
      this.reads++;
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
  };
}

/** A member with its stored content, and the hash of its content. */
export interface Read extends IndexedEntry {
  readonly stored: Buffer;
  readonly sha256: string;
}

export async function readAll(archive: ByteStream): Promise<Read[]> {
  const members: Read[] = [];
  for await (const { data, ...member } of readTar(archive)) {
    const stored = await collectStream(data, Number.MAX_SAFE_INTEGER, "a test's member");
    const hash = createHash("sha256");
    for await (const chunk of expandSparse(member.entry, inOne(stored))) hash.update(chunk);
    members.push({ ...member, stored, sha256: hash.digest("hex") });
  }
  return members;
}

/** The archive that the members came from, but for zeros after its end. */
export function reassemble(members: readonly Read[]): Buffer {
  const parts = members.flatMap(({ entry, stored }) => [
    entry.raw,
    stored,
    paddingOf(stored.length),
  ]);
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

/** An archive of one member after another, contents given as text. */
export function archiveOf(...members: [fields: TarFields, content?: string][]): Buffer {
  const parts = members.flatMap(([fields, content = ""]) => {
    const data = Buffer.from(content);
    return [encodeHeader({ ...fields, size: data.length }), data, paddingOf(data.length)];
  });
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

export function withoutTrailingZeros(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

/** A member with nothing but text and numbers in it, quick to compare and short to print. */
export function plainly({ entry, offset, dataOffset, storedSize }: IndexedEntry) {
  const xattrs = Array.from(entry.xattrs, ([key, value]) => [key, hashOf(value)]);
  const pax = Object.fromEntries(entry.pax);
  return { ...entry, xattrs, pax, raw: hashOf(entry.raw), offset, dataOffset, storedSize };
}

/** What was said of a member, in the same manner. */
export function said(fields: TarFields): Record<string, unknown> {
  const xattrs = Array.from(fields.xattrs ?? [], ([key, value]) => [key, hashOf(value)]);
  return { ...fields, xattrs: xattrs.sort() };
}

/** What a reader says that was said of a member: the keys of `said`, and the content. */
export function heard({ entry, stored }: Read, fields: TarFields): Record<string, unknown> {
  const all: Record<string, unknown> = { ...said(entry) };
  return Object.fromEntries(
    [...Object.keys(said(fields)).map((key) => [key, all[key]]), ["content", hashOf(stored)]],
  );
}

export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
