/** The final file system as a tar archive. */
import type { ByteStream } from "../bytes/stream.ts";
import { NixociError } from "../errors.ts";
import { BLOCK } from "../tar/block.ts";
import { encodeGnuHeader } from "../tar/gnu.ts";
import { expandSparse } from "../tar/sparse.ts";
import { type TarInput, writeTar } from "../tar/write.ts";
import type { FlatEntry, FlatTree } from "./types.ts";

/** How the archive is written. */
export interface ArchiveOptions {
  /**
   * `pax` (the default) keeps all there is. `dockertools` is what nixpkgs' `exportImage` makes: GNU's
   * format, names that begin with `./`, hard links as files, no extended attributes, and all times
   * those of `mtime`, 1980-01-01 by default.
   */
  readonly style?: ArchiveStyle;
  /** One time for all entries: nanoseconds since 1970. */
  readonly mtime?: bigint;
  /** So many leading parts of names are left out, and entries that have no more. */
  readonly stripComponents?: number;
}

export type ArchiveStyle = "pax" | "dockertools";

/** Where the stored contents of entries come from. */
export type Contents = (entry: FlatEntry) => ByteStream;

/** The archive, in the order of the tree: the same tree makes the same bytes. */
export function archiveOf(
  tree: FlatTree,
  contents: Contents,
  options: ArchiveOptions = {},
): ByteStream {
  if (options.style === "dockertools") {
    return inRecords(writeTar(nixMembers(tree, contents, options), encodeGnuHeader));
  }
  return writeTar(members(tree, contents, options));
}

function* members(tree: FlatTree, contents: Contents, options: ArchiveOptions): Iterable<TarInput> {
  const { mtime } = options;
  const strip = stripper(options.stripComponents);
  for (const entry of tree.entries()) {
    const path = strip(entry.path);
    // A root that no layer describes is whatever it is where it is unpacked.
    if (path === undefined || (path === "" && entry.layer === 0)) continue;
    const { linkTo, type, sparse, size, linkpath } = entry;
    const fields = { ...entry, ...(mtime !== undefined && { mtime }) };
    const first = linkTo === undefined ? undefined : strip(linkTo);
    if (first !== undefined) {
      yield {
        fields: { ...fields, path, type: "hardlink", linkpath: first, size: 0, xattrs: NONE },
      };
    } else if (type === "directory") {
      yield { fields: { ...fields, path: `${path || "."}/` } };
    } else if (type === "file") {
      yield { fields: { ...fields, path }, data: size > 0 ? contents(entry) : undefined, sparse };
    } else if (type === "hardlink") {
      yield { fields: { ...fields, path, linkpath: strip(linkpath) ?? linkpath } };
    } else yield { fields: { ...fields, path } };
  }
}

/** They are the first name's to say. */
const NONE: FlatEntry["xattrs"] = new Map();

/** 1980-01-01, the `SOURCE_DATE_EPOCH` of nixpkgs' builds. */
const NIX_TIME = 315_532_800_000_000_000n;

function* nixMembers(
  tree: FlatTree,
  contents: Contents,
  options: ArchiveOptions,
): Iterable<TarInput> {
  const { mtime = NIX_TIME } = options;
  const strip = stripper(options.stripComponents);
  for (const entry of tree.entries()) {
    const path = strip(entry.path);
    if (path === undefined) continue;
    const { type, uid, size } = entry;
    // Its virtual machine knows one user, and no group; links on a disk have no mode.
    const mode = type === "symlink" ? 0o777 : entry.mode;
    const fields = { ...entry, mode, mtime, uname: uid === 0 ? "root" : "", gname: "" };
    if (type === "directory") {
      yield { fields: { ...fields, path: path === "" ? "./" : `./${path}/` } };
    } else if (type !== "file" || size === 0) yield { fields: { ...fields, path: `./${path}` } };
    else {yield {
        fields: { ...fields, path: `./${path}` },
        data: expandSparse(entry, contents(entry)),
      };}
  }
}

/** GNU tar writes so many bytes at a time, and fills up the last of them. */
const RECORD = 20 * BLOCK;

async function* inRecords(archive: ByteStream): ByteStream {
  let size = 0;
  for await (const chunk of archive) {
    size += chunk.length;
    yield chunk;
  }
  yield new Uint8Array((RECORD - size % RECORD) % RECORD);
}

/** A path without its leading parts; `undefined` when it has no more than these. */
export function stripper(components = 0): (path: string) => string | undefined {
  if (components === 0) return (path) => path;
  if (!Number.isInteger(components) || components < 0) {
    throw new NixociError("USAGE", `Cannot strip ${components} parts from names`);
  }
  return (path) => {
    const rest = path.split("/").slice(components);
    return rest.length === 0 ? undefined : rest.join("/");
  };
}
