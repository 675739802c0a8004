/** Reads what a command has written, as `tar` says it: the folder that lay over a tree. */
import type { ByteStream } from "../../bytes/stream.ts";
import { createHasher, type Digest, digestOf } from "../../bytes/digest.ts";
import { NixociError } from "../../base/errors.ts";
import type { ScratchFile } from "../../image/disk/scratch.ts";
import type { TarEntry } from "../../tar/entry.ts";
import { quoteName } from "../../tar/name.ts";
import { readTar, type TarMember } from "../../tar/read.ts";
import type { TreeEntry } from "../tree/tree-entry.ts";

/** A file that was written, or the mark that one was deleted. */
export interface WrittenFile extends TreeEntry {
  /** The mark of a deleted file: nothing else about it counts. */
  readonly isGone: boolean;
  /** A folder that hides what lies below it in the tree. */
  readonly isOpaque: boolean;
  /** The position of its content in the spool. */
  readonly offset: number;
}

/** The files that a command has written. */
export interface Written {
  /** By path, parents first, sorted by name. */
  readonly files: ReadonlyMap<string, WrittenFile>;
  readonly spool: ScratchFile;
}

/** Options for reading what was written. */
export interface WrittenOptions {
  /** Holds contents. */
  readonly spool: ScratchFile;
  /** The most bytes that they may have. */
  readonly limit?: number | undefined;
}

const OVERLAY = /^(?:user|trusted)\.overlay\./;
const OPAQUE = /^(?:user|trusted)\.overlay\.opaque$/;

/** Attributes by which overlayfs says that a file's content or name is elsewhere. */
const ELSEWHERE = /^(?:user|trusted)\.overlay\.(?:redirect|metacopy)$/;

/** Labels of this machine's policy. */
const FOREIGN = "security.selinux";

/**
 * Reads the archive of the folder that was written.
 * @throws NixociError `LIMIT` for more than was allowed; `UNSUPPORTED` for what overlayfs keeps to
 * itself; what reading and writing throw.
 */
export async function readWritten(
  archive: ByteStream,
  { spool, limit = Infinity }: WrittenOptions,
): Promise<Written> {
  const files = new Map<string, WrittenFile>();
  for await (const member of readTar(archive)) {
    const path = member.entry.path.replace(/^\.\//, "").replace(/\/$/, "").replace(/^\.$/, "");
    const { entry } = member;
    const first = entry.type === "hardlink"
      ? files.get(entry.linkpath.replace(/^\.\//, ""))
      : undefined;
    if (first !== undefined) {
      files.set(path, { ...first, path, linkTo: first.path });
      continue;
    }
    if (spool.size + member.storedSize > limit) throw tooMuchError(limit);
    const offset = spool.size;
    const digest = entry.type === "file" ? await spoolContent(member, spool) : undefined;
    files.set(path, { ...toWrittenFile(path, entry), offset, digest });
  }
  return { files, spool };
}

async function spoolContent({ data }: TarMember, spool: ScratchFile): Promise<Digest> {
  const whole = data.whole?.();
  if (whole !== undefined) {
    if (whole.length > 0) await spool.write(whole);
    return digestOf(whole);
  }
  const hash = createHasher();
  for await (const chunk of data) {
    hash.update(chunk);
    await spool.write(chunk);
  }
  return hash.digest();
}

function toWrittenFile(path: string, entry: TarEntry): Omit<WrittenFile, "offset" | "digest"> {
  const { type, linkpath, size, mode, uid, gid, mtime, devmajor, devminor } = entry;
  const names = [...entry.xattrs.keys()];
  if (names.some((name) => ELSEWHERE.test(name))) {
    throw new NixociError("UNSUPPORTED", `overlayfs keeps ${quoteName(path)} in a form of its own`);
  }
  const kept = names.filter((name) => !OVERLAY.test(name) && name !== FOREIGN);
  // deno-fmt-ignore
  return {
    path, linkpath, size, mode, uid, gid, mtime, devmajor, devminor,
    type: type === "contiguous" ? "file" : type,
    linkTo: undefined,
    xattrs: new Map(kept.map((name) => [name, entry.xattrs.get(name)!])),
    isGone: type === "char" && devmajor === 0 && devminor === 0,
    isOpaque: names.some((name) => OPAQUE.test(name)),
  };
}

/** Returns the error for a command that writes more than it may. */
export function tooMuchError(limit: number): NixociError {
  return new NixociError("LIMIT", `the command has written more than ${limit} bytes`, {
    hint: "allow more, if that is as it should be",
  });
}
