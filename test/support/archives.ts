/** Tar archives of a few members, packed if need be. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";
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

/** The bytes as a program compresses them: from a file, for Deno writes all before it reads. */
export async function packWith(
  program: "xz" | "bzip2",
  bytes: Uint8Array,
  ...options: string[]
): Promise<Buffer> {
  const file = join(await temporaryFolder(), "plain");
  await writeFile(file, bytes);
  return execFileSync(program, ["-c", ...options, file], { maxBuffer: 1 << 28 });
}
