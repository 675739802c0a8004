/**
 * Nixpkgs in an image's store, as Nix's fetchTarball would have put it there: a tree under one name or
 * more, each of which is a store path. Expressions that pin it find it without a network.
 */
import type { Hold } from "../../base/dispose.ts";
import { NixociError } from "../../base/errors.ts";
import { type Digest, encodedOf } from "../../bytes/digest.ts";
import { formatHash, parseHash } from "../../nix/formats/hash.ts";
import { hashNar } from "../../nix/formats/nar.ts";
import type { PathInfo } from "../../nix/formats/path-info.ts";
import { isStorePath, STORE_DIR } from "../../nix/formats/store-path.ts";
import { makeStorePath } from "../../nix/derivation/paths.ts";
import { dumpTree } from "../../nix/store/dump.ts";
import { type AskedTree, type LocatedTree, locateTree } from "./locate.ts";
import { toNarNode } from "./node.ts";

/** A tree that is in the store of an image under each of its names. */
export interface StoreTree extends LocatedTree {
  /** The field that asks for it. */
  readonly at: string;
  /** Its store paths, in the order of the names: all have the same files. */
  readonly infos: readonly PathInfo[];
}

/**
 * Opens a tree: reads a folder or an archive, and computes the store paths as Nix does.
 * @param hold keeps what came out of an archive until the image is disposed of.
 * @throws NixociError `USAGE` for names that no store path can have, `DIGEST` for another hash than the
 * one that is asked for; what reading and unpacking throw.
 * @see https://nix.dev/manual/nix/latest/protocols/store-path
 */
export async function openStoreTree(
  asked: AskedTree,
  hold: Hold,
  signal?: AbortSignal,
): Promise<StoreTree> {
  const { at, names } = asked;
  names.forEach((name, i) => checkStoreName(name, `${at}.names[${i}]`));
  if (names.length === 0) throw new NixociError("USAGE", `${at}.names: there is no name`);
  if (new Set(names).size < names.length) {
    throw new NixociError("USAGE", `${at}.names: a name is there twice`);
  }
  const { node, isPassing } = await locateTree(asked, hold, signal);
  const { narHash, narSize } = await hashNar(dumpTree(toNarNode(node), asked.source));
  if (asked.hash !== undefined) checkHash(asked.hash, narHash, asked);
  const infos = names.map((name) => ({
    path: computeTreePath(narHash, name),
    narHash,
    narSize,
    references: [],
  }));
  return { at, node, isPassing, infos };
}

/** Computes the store path of a tree by its NAR's hash: the one that `fetchTarball` looks for. */
export function computeTreePath(narHash: Digest, name: string, storeDir = STORE_DIR): string {
  return makeStorePath("source", encodedOf(narHash), name, storeDir);
}

function checkStoreName(name: string, at: string): void {
  if (isStorePath(`${STORE_DIR}/${"0".repeat(32)}-${name}`)) return;
  throw new NixociError("USAGE", `${at}: no store path can be called ${JSON.stringify(name)}`, {
    hint: "Nix allows letters, digits and + - . _ ? =, and no dots alone at the beginning",
  });
}

function checkHash(asked: string, is: Digest, { at, source }: AskedTree): void {
  if (parseHash(asked) === is) return;
  const message = `${at}: ${source} has the hash ${formatHash(is, "sri")}, not ${asked}`;
  throw new NixociError("DIGEST", message, {
    hint: "take the archive whose hash it is, or write the hash of this one",
  });
}
