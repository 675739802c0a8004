/** The files, folders and links of an image, as far as a check of its services looks them up. */
import { Buffer } from "node:buffer";
import type { ByteStream } from "../../bytes/stream.ts";
import { mergeLayers } from "../../flatten/merge.ts";
import { entryPathOf } from "../../flatten/tree/path.ts";
import type { Layer } from "../../image/root.ts";
import type { PlacedLink } from "../links/follow-place.ts";

/** Files whose whole text is kept: users, groups, and systemd's units. */
export const HELD_TEXTS =
  /^\/etc\/(?:passwd|group)$|^\/(?:etc|usr\/local\/lib|usr\/lib|lib)\/systemd\/system\//;

/** Bytes of a program: Linux reads no more of a first line. */
export const BEGINNING = 256;
const MOST_TEXT = 1024 * 1024;

/** A file, and its text or beginning where that is kept. */
export interface FileNode {
  readonly start: string;
  readonly isProgram: boolean;
}

/** A file, folder or link of an image. */
export type ImageNode = PlacedLink | FileNode | "folder";

/** Tells whether a node is a file. */
export function isFileNode(node: ImageNode | undefined): node is FileNode {
  return typeof node === "object" && "start" in node;
}

/** Reads what layers have, later ones over earlier ones. */
export async function readNodes(
  layers: readonly Layer[],
  signal: AbortSignal | undefined,
): Promise<Map<string, ImageNode>> {
  const starts = new Map<number, string>();
  const tree = await mergeLayers({ layers }, {
    async put(file, { entry, data }) {
      const isText = HELD_TEXTS.test(`/${entryPathOf(entry.path)}`);
      if (!isText && (entry.mode & 0o111) === 0) return;
      starts.set(file, await readStart(data, isText ? MOST_TEXT : BEGINNING));
    },
  }, signal && { signal });
  const nodes = new Map<string, ImageNode>();
  for (const { path, type, linkpath, file, mode } of tree.entries()) {
    if (type === "symlink") nodes.set(`/${path}`, { target: linkpath });
    else if (type === "directory") nodes.set(`/${path}`, "folder");
    else {
      const isProgram = type === "file" && (mode & 0o111) !== 0;
      nodes.set(`/${path}`, { start: starts.get(file) ?? "", isProgram });
    }
  }
  return nodes;
}

async function readStart(data: ByteStream, most: number): Promise<string> {
  const parts: Buffer[] = [];
  let left = most;
  for await (const chunk of data) {
    parts.push(Buffer.from(chunk.subarray(0, left)));
    left -= chunk.length;
    if (left <= 0) break;
  }
  return Buffer.concat(parts).toString("latin1");
}

/** Writes nodes as a flat list: the place, what it is, and its text. */
export function formatNodes(nodes: ReadonlyMap<string, ImageNode>): string[] {
  return [...nodes].flatMap(([place, node]) => {
    if (node === "folder") return [place, node, ""];
    if ("target" in node) return [place, "link", node.target];
    // Of a program that is not a script nothing is asked.
    const isMute = node.isProgram && !HELD_TEXTS.test(place) && !node.start.startsWith("#!");
    return [place, node.isProgram ? "program" : "file", isMute ? "" : node.start];
  });
}

/** Reads such a list. */
export function parseNodes(list: readonly string[]): Map<string, ImageNode> {
  const nodes = new Map<string, ImageNode>();
  for (let i = 0; i + 2 < list.length; i += 3) {
    const [place, kind, text] = list.slice(i, i + 3) as [string, string, string];
    if (kind === "folder") nodes.set(place, kind);
    else if (kind === "link") nodes.set(place, { target: text });
    else nodes.set(place, { start: text, isProgram: kind === "program" });
  }
  return nodes;
}
