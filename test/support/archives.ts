/** Tar archives of a few members. */
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import type { TarFields } from "../../src/tar/entry.ts";
import { writeTar } from "../../src/tar/write.ts";

/** A file's bytes, or what else a member is. */
export type Member = Uint8Array | Omit<TarFields, "path">;

/** Members by path. */
export type Members = Readonly<Record<string, Member>>;

/** An archive of these members; a list where a path is there twice. */
export async function archiveOf(
  members: Members | readonly (readonly [path: string, Member])[],
): Promise<Buffer> {
  const list = Array.isArray(members) ? members : Object.entries(members);
  const inputs = list.map(([path, member]) =>
    member instanceof Uint8Array
      ? { fields: { path, size: member.length, mode: 0o644 }, data: streamBytes(member) }
      : { fields: { path, ...member } }
  );
  return await collectStream(writeTar(inputs), 1 << 28, "a test archive");
}
