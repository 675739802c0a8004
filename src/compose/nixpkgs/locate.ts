/** The files of a tree on disk: a folder is taken as it is, an archive is unpacked. */
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Hold } from "../../base/dispose.ts";
import { NixociError, wrapError } from "../../base/errors.ts";
import { STORE_DIR } from "../../nix/formats/store-path.ts";
import { openLayerFile } from "../../steps/layer-file.ts";
import { unpack } from "../../unpack/mod.ts";
import { makeTemporaryFolder } from "../scripts/temporary-folder.ts";

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

/** The place of a tree. */
export interface LocatedTree {
  /** Its place on disk. */
  readonly folder: string;
  /** The folder goes with the image: an archive was unpacked there. */
  readonly isPassing: boolean;
}

/**
 * Locates the folder of a tree.
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
    const folder = isFolder ? path : await unpackTree(path, source, hold, signal);
    if ((await readdir(folder)).includes(".git")) throw checkoutError(source);
    return { folder, isPassing: !isFolder };
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

/** Unpacks an archive, which has one folder at its top as Nix wants it. */
async function unpackTree(
  file: string,
  source: string,
  hold: Hold,
  signal: AbortSignal | undefined,
): Promise<string> {
  const layer = await openLayerFile(file, signal);
  const { path } = hold(await makeTemporaryFolder());
  const tree = join(path, "tree");
  await unpack({ layers: [layer] }, tree, { layer: 1, ...(signal && { signal }) });
  const [top, ...more] = await readdir(tree, { withFileTypes: true });
  if (top?.isDirectory() && more.length === 0) return join(tree, top.name);
  throw new NixociError("MALFORMED", `${source} has not one folder at its top, as Nix wants it`, {
    hint: "take the archive of a commit (…/archive/COMMIT.tar.gz), or name a folder",
  });
}

function checkoutError(source: string): NixociError {
  return new NixociError("USAGE", `${source} is a checkout of git: its hash is not an archive's`, {
    hint: `make one: git -C ${source} archive --prefix nixpkgs/ -o nixpkgs.tar HEAD`,
  });
}
