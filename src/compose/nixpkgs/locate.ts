/** The files of a tree: a folder is taken as it is, an archive is read. */
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Hold } from "../../base/dispose.ts";
import { NixociError, wrapError } from "../../base/errors.ts";
import { readFile } from "../../bytes/disk/file.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { unpackStream } from "../../bytes/unpack.ts";
import { FREE_OF_RATIO, LAYER_BOUNDS } from "../../image/layer/bounds.ts";
import { STORE_DIR } from "../../nix/formats/store-path.ts";
import { makeTemporaryFolder } from "../scripts/temporary-folder.ts";
import { readArchiveTree } from "./archive.ts";
import { readTree, type SourceNode } from "./node.ts";

/** A tree that is asked for. */
export interface AskedTree {
  readonly at: string;
  /** A folder, a store path, or an archive of one folder. */
  readonly source: string;
  /** The folder that the store is below. */
  readonly root: string;
  readonly names: readonly string[];
  /** The hash that its NAR must have, in any of Nix's forms. */
  readonly hash: string | undefined;
}

/** The files of a tree. */
export interface LocatedTree {
  readonly node: SourceNode;
  /** Its contents go with the image: they came out of an archive. */
  readonly isPassing: boolean;
}

/**
 * Locates a tree, and reads all of it but the contents of its files.
 * @throws NixociError `USAGE` for a checkout of git, whose hash is not the archive's, `MALFORMED` for
 * an archive of more than one folder, `NOT_FOUND`, `IO`.
 */
export async function locateTree(
  { at, source, root }: AskedTree,
  hold: Hold,
  signal: AbortSignal | undefined,
): Promise<LocatedTree> {
  try {
    const path = await followTo(source, root);
    const isFolder = (await stat(path)).isDirectory();
    const node = isFolder ? readTree(path) : await unpackTree(path, source, hold, signal);
    if (node.type === "directory" && node.children.has(".git")) throw checkoutError(source);
    return { node, isPassing: !isFolder };
  } catch (error) {
    signal?.throwIfAborted();
    throw wrapError(error, error instanceof NixociError ? at : `${at}: ${source}`);
  }
}

/** Follows links, such as `./result`; what is in the store lies below the store's root. */
async function followTo(source: string, root: string): Promise<string> {
  const place = (path: string) => path.startsWith(`${STORE_DIR}/`) ? join(root, path) : path;
  const real = await realpath(place(source));
  return place(real);
}

/** Reads an archive, which has one folder at its top as Nix wants it. */
async function unpackTree(
  file: string,
  source: string,
  hold: Hold,
  signal: AbortSignal | undefined,
): Promise<SourceNode> {
  const { path } = hold(await makeTemporaryFolder());
  const archive = limitGrowth(unpackStream(readFile(file), signal), (await stat(file)).size);
  const { children } = await readArchiveTree(archive, join(path, "contents"), signal)
    .catch((error) => {
      throw wrapError(error, `Cannot read the archive ${file}`);
    });
  const [top, ...more] = children.values();
  if (top?.type === "directory" && more.length === 0) return top;
  throw new NixociError("MALFORMED", `${source} has not one folder at its top, as Nix wants it`, {
    hint: "take the archive of a commit (…/archive/COMMIT.tar.gz), or name a folder",
  });
}

/** Refuses an archive that grows as no honest one does. */
async function* limitGrowth(archive: ByteStream, packed: number): ByteStream {
  const most = Math.max(FREE_OF_RATIO, packed * LAYER_BOUNDS.maxRatio);
  let size = 0;
  for await (const chunk of archive) {
    size += chunk.length;
    if (size > most) throw new NixociError("LIMIT", `it unpacks to more than ${most} bytes`);
    yield chunk;
  }
}

function checkoutError(source: string): NixociError {
  return new NixociError("USAGE", `${source} is a checkout of git: its hash is not an archive's`, {
    hint: `make one: git -C ${source} archive --prefix nixpkgs/ -o nixpkgs.tar HEAD`,
  });
}
