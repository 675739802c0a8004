/** Writes the final file system as a tar archive. */
import { type ByteStream, streamBytes } from "../bytes/stream.ts";
import { NixociError } from "../base/errors.ts";
import { BLOCK } from "../tar/block.ts";
import type { TarFields } from "../tar/entry.ts";
import { encodeGnuHeader } from "../tar/gnu.ts";
import { expandSparse } from "../tar/sparse.ts";
import { type TarInput, writeTar } from "../tar/write.ts";
import { createTurns, type Turns } from "./turns.ts";
import type { FlatEntry, FlatTree } from "./types.ts";

/** The form of an archive. */
export interface FlatArchiveOptions {
  /**
   * `pax` (the default) keeps all there is. `dockertools` is what nixpkgs' `exportImage` makes: GNU's
   * format, names that begin with `./`, hard links as files, no extended attributes, and all times
   * those of `mtime`, 1980-01-01 by default.
   */
  readonly style?: ArchiveStyle;
  /** One time for all entries: nanoseconds since 1970. */
  readonly mtime?: bigint;
  /** The number of leading parts that names lose; entries with no more parts are left out. */
  readonly stripComponents?: number;
}

/** The format: `pax` keeps all that layers say, `dockertools` is nixpkgs' `exportImage`. */
export type ArchiveStyle = "pax" | "dockertools";

/** Reads the stored content of an entry; returns small ones whole. */
export type ReadContent = (entry: FlatEntry) => ByteStream | Uint8Array | Promise<Uint8Array>;

/**
 * Writes the archive in the order of the tree: the same tree makes the same bytes.
 * @throws from the stream, the signal's reason; it is heard even if no content has to be waited for.
 */
export function writeArchive(
  tree: FlatTree,
  contents: ReadContent,
  options: FlatArchiveOptions = {},
  signal?: AbortSignal,
): ByteStream {
  const turn = createTurns(signal);
  if (options.style === "dockertools") {
    const members = dockertoolsMembersOf(tree, contents, options, turn);
    return fillRecords(writeTar(members, encodeGnuHeader));
  }
  return writeTar(paxMembersOf(tree, contents, options, turn));
}

async function* paxMembersOf(
  tree: FlatTree,
  contents: ReadContent,
  options: FlatArchiveOptions,
  turn: Turns,
): AsyncIterable<TarInput> {
  const memberOf = createPaxForm(options);
  for (const entry of tree.entries()) {
    const waiting = turn();
    if (waiting !== undefined) await waiting;
    const member = memberOf(entry);
    if (member === undefined) continue;
    if (!isWithoutData(member)) yield member;
    else {
      const data = contents(entry);
      yield { ...member, data: data instanceof Promise ? await data : data };
    }
  }
}

/** Tells whether the member is a file with content that is still to be given. */
export function isWithoutData({ fields, data }: TarInput): boolean {
  return data === undefined && fields.type === "file" && fields.size !== 0;
}

/**
 * Creates a function that makes the members of a `pax` archive, but for their contents; it returns
 * `undefined` for entries that are left out.
 */
export function createPaxForm(
  options: FlatArchiveOptions,
): (entry: FlatEntry) => TarInput | undefined {
  const strip = createStripper(options.stripComponents);
  return (entry) => {
    const path = strip(entry.path);
    // A root that no layer describes is whatever it is where it is unpacked.
    if (path === undefined || (path === "" && entry.layer === 0)) return undefined;
    const { linkTo, type, sparse, linkpath } = entry;
    const fields = fieldsOf(entry, path, options.mtime);
    const first = linkTo === undefined ? undefined : strip(linkTo);
    if (first !== undefined) {
      return { fields: { ...fields, type: "hardlink", linkpath: first, size: 0, xattrs: NONE } };
    }
    if (type === "directory") return { fields: { ...fields, path: `${path || "."}/` } };
    if (type === "hardlink") {
      return { fields: { ...fields, linkpath: strip(linkpath) ?? linkpath } };
    }
    return type === "file" ? { fields, sparse } : { fields };
  };
}

/**
 * Returns an entry's header. Spelled out: to spread is several times slower, and there may be a
 * million.
 */
function fieldsOf(entry: FlatEntry, path: string, mtime = entry.mtime): TarFields {
  const { type, linkpath, size, mode, uid, gid, uname, gname, devmajor, devminor, xattrs } = entry;
  // deno-fmt-ignore
  return {
    path, type, linkpath, size, mode, uid, gid, uname, gname, mtime, devmajor, devminor, xattrs,
  };
}

/** Attributes of a further name: its first name has them. */
const NONE: FlatEntry["xattrs"] = new Map();

/** 1980-01-01, the `SOURCE_DATE_EPOCH` of nixpkgs' builds. */
const NIX_TIME = 315_532_800_000_000_000n;

async function* dockertoolsMembersOf(
  tree: FlatTree,
  contents: ReadContent,
  options: FlatArchiveOptions,
  turn: Turns,
): AsyncIterable<TarInput> {
  const { mtime = NIX_TIME } = options;
  const strip = createStripper(options.stripComponents);
  for (const entry of tree.entries()) {
    const waiting = turn();
    if (waiting !== undefined) await waiting;
    const path = strip(entry.path);
    if (path === undefined) continue;
    const { type, uid, size } = entry;
    // Its virtual machine knows one user, and no group; links on a disk have no mode.
    const mode = type === "symlink" ? 0o777 : entry.mode;
    const fields = { ...entry, mode, mtime, uname: uid === 0 ? "root" : "", gname: "" };
    if (type === "directory") {
      yield { fields: { ...fields, path: path === "" ? "./" : `./${path}/` } };
    } else if (type !== "file" || size === 0) yield { fields: { ...fields, path: `./${path}` } };
    else {
      const stored = await contents(entry);
      const data = entry.sparse === undefined ? stored : expandSparse(entry, streamOf(stored));
      yield { fields: { ...fields, path: `./${path}` }, data };
    }
  }
}

function streamOf(stored: ByteStream | Uint8Array): ByteStream {
  return stored instanceof Uint8Array ? streamBytes(stored) : stored;
}

/** The number of bytes that GNU tar writes at a time; it fills up the last of them with zeros. */
const RECORD = 20 * BLOCK;

async function* fillRecords(archive: ByteStream): ByteStream {
  let size = 0;
  for await (const chunk of archive) {
    size += chunk.length;
    yield chunk;
  }
  yield new Uint8Array((RECORD - size % RECORD) % RECORD);
}

/**
 * Creates a function that cuts leading parts off a path, and returns `undefined` when it has no
 * more.
 */
export function createStripper(components = 0): (path: string) => string | undefined {
  if (components === 0) return (path) => path;
  if (!Number.isInteger(components) || components < 0) {
    throw new NixociError("USAGE", `Cannot strip ${components} parts from names`);
  }
  return (path) => {
    const rest = path.split("/").slice(components);
    return rest.length === 0 ? undefined : rest.join("/");
  };
}
