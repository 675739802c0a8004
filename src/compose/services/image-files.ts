/** The files of an image by what they are, and the texts of some: what a check of its services looks up. */
import { Buffer } from "node:buffer";
import { lstatSync, readlinkSync } from "node:fs";
import { open } from "node:fs/promises";
import { isSystemError } from "../../base/errors.ts";
import { digestOf } from "../../bytes/digest.ts";
import type { KnownBases } from "../../cache/known.ts";
import type { Layer } from "../../image/root.ts";
import { diskPathOf } from "../../recipe/files.ts";
import type { RecipeLayer, StoreRoot } from "../../recipe/mod.ts";
import { diskRootOf } from "../../recipe/store-root.ts";
import type { UnitTree } from "../../services/units/unit-tree.ts";
import {
  BEGINNING,
  type FileNode,
  formatNodes,
  HELD_TEXTS,
  type ImageNode,
  isFileNode,
  parseNodes,
  readNodes,
} from "./image-nodes.ts";
import { type FollowedPlace, followPlace } from "../links/follow-place.ts";

/** Files of an image, by the paths that a process in it would name. */
export interface ImageFiles {
  /** Follows links to a program; `undefined` where there is none. */
  findProgram(place: string): ImageProgram | undefined;
  /** Follows links, and tells what they lead to; `undefined` where there is nothing. */
  kindOf(place: string): "folder" | "file" | undefined;
  /** Returns the text of `/etc/passwd` or `/etc/group`. */
  readText(place: string): string | undefined;
  /** The folders of systemd's units. */
  readonly units: UnitTree;
}

/** A program, and how it begins. */
export interface ImageProgram {
  readonly place: string;
  /** The bytes at its beginning, as Latin-1. */
  begins(): Promise<string>;
}

/**
 * Reads the files of layers, but for those of store paths, which are looked up on disk. Each layer is
 * read once; what is found is remembered by its layers.
 */
export async function readImageFiles(
  layers: readonly Layer[],
  store: Required<StoreRoot>,
  { bases, signal }: {
    readonly bases?: KnownBases | undefined;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<ImageFiles> {
  const others = layers.filter((layer) => !isOfStore(layer));
  const key = digestOf(
    Buffer.from(["files, programs and units", ...others.map(({ diffId }) => diffId)].join()),
  );
  const known = await bases?.get(key);
  const nodes = known === undefined ? await readNodes(others, signal) : parseNodes(known);
  if (known === undefined) await bases?.set(key, formatNodes(nodes));
  return {
    findProgram: (place) => findProgram(place, nodes, store),
    kindOf: (place) => kindOf(place, nodes, store),
    readText(place) {
      const node = nodes.get(place);
      return isFileNode(node) && HELD_TEXTS.test(place) ? textOf(node.start) : undefined;
    },
    units: createUnitTree(nodes),
  };
}

function textOf(latin: string): string {
  return Buffer.from(latin, "latin1").toString();
}

/** Returns the files as systemd's units are looked up in them. */
function createUnitTree(nodes: ReadonlyMap<string, ImageNode>): UnitTree {
  return {
    look(path) {
      const node = nodes.get(path);
      if (typeof node === "object" && "target" in node) {
        return Promise.resolve({ kind: "link" as const, target: node.target });
      }
      if (isFileNode(node)) {
        return Promise.resolve({
          kind: "file" as const,
          read: () => Promise.resolve(textOf(node.start)),
        });
      }
      const below = path === "/" ? "/" : `${path}/`;
      const names = new Set(
        [...nodes.keys()].filter((one) => one.startsWith(below))
          .map((one) => one.slice(below.length).split("/", 1)[0]!),
      );
      return Promise.resolve(
        node === undefined ? undefined : { kind: "folder" as const, names: [...names] },
      );
    },
  };
}

/** Tells whether a layer has nothing but store paths at their own places. */
function isOfStore(layer: Layer): boolean {
  if (!("recipe" in layer)) return false;
  const { recipe } = layer as RecipeLayer;
  return (recipe.made ?? []).length === 0 && recipe.paths.every(({ rewrite }) => !rewrite);
}

function findProgram(
  place: string,
  nodes: ReadonlyMap<string, ImageNode>,
  store: Required<StoreRoot>,
): ImageProgram | undefined {
  const end = followNodes(place, nodes, store);
  if (!isFileNode(end?.node) || !end.node.isProgram) return undefined;
  const { place: found, node } = end;
  const isOnDisk = !nodes.has(found);
  const begins = () => isOnDisk ? beginningOf(found, store) : Promise.resolve(node.start);
  return { place: found, begins };
}

function kindOf(
  place: string,
  nodes: ReadonlyMap<string, ImageNode>,
  store: Required<StoreRoot>,
): "folder" | "file" | undefined {
  const node = followNodes(place, nodes, store)?.node;
  return isFileNode(node) ? "file" : node;
}

/** Follows links as a process in the image would; they end at its root. */
function followNodes(
  place: string,
  nodes: ReadonlyMap<string, ImageNode>,
  store: Required<StoreRoot>,
): FollowedPlace<FileNode> | undefined {
  // Layers of store paths alone are not read.
  const isAbove = (at: string) => `${store.storeDir}/`.startsWith(`${at}/`);
  return followPlace<FileNode>(
    place,
    (at) =>
      nodes.get(at) ??
        (isAbove(at) ? "folder" : isBelow(at, store) ? readDiskNode(at, store) : undefined),
  );
}

function isBelow(at: string, { storeDir }: Required<StoreRoot>): boolean {
  return at.startsWith(`${storeDir}/`);
}

/** Returns what the store has at a place; `undefined` where that is nothing. */
function readDiskNode(place: string, store: Required<StoreRoot>): ImageNode | undefined {
  const path = diskPathOf(diskRootOf(place, store) + place);
  try {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return { target: readlinkSync(path, "utf8") };
    if (stat.isDirectory()) return "folder";
    return { start: "", isProgram: stat.isFile() && (stat.mode & 0o111) !== 0 };
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

async function beginningOf(place: string, store: Required<StoreRoot>): Promise<string> {
  const file = await open(diskPathOf(diskRootOf(place, store) + place));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}
