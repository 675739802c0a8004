/**
 * Writes NARs: strings with eight bytes of length before them and zeros up to the next eight.
 * @see https://nix.dev/manual/nix/latest/protocols/nix-archive
 */
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import type { ByteStream } from "../../bytes/stream.ts";
import { NixociError } from "../../base/errors.ts";

/** A tree, or a leaf of a tree. Text stands for its UTF-8. */
export type NarNode = NarFile | NarLink | NarFolder;

/** A file; it is opened when its turn comes, after everything before it was read. */
export interface NarFile {
  readonly type: "regular";
  readonly executable?: boolean;
  /** In bytes; the stream has to keep to it. */
  readonly size: number;
  open(): ByteStream;
}

/** A symbolic link. */
export interface NarLink {
  readonly type: "symlink";
  readonly target: string | Uint8Array;
}

/** A folder; asked for its entries, in any order, when its turn comes. */
export interface NarFolder {
  readonly type: "directory";
  entries(): Iterable<readonly [name: string | Uint8Array, node: NarNode]>;
}

/** The number of bytes before other work gets a turn: reading small files never waits. */
const TURN = 1024 * 1024;

/** Writes the archive in small pieces: the frames of files, and their contents. */
export async function* writePieces(tree: NarNode, name: string): ByteStream {
  let turn = TURN;
  for (const piece of piecesOf(tree, name, encodeText("nix-archive-1"))) {
    if (piece instanceof Uint8Array) {
      yield piece;
      continue;
    }
    yield* readContents(piece.file, piece.name);
    turn -= piece.file.size + 1024;
    if (turn > 0) continue;
    turn = TURN;
    await setImmediate();
  }
}

/** A file whose turn it is. */
interface FileTurn {
  readonly file: NarFile;
  readonly name: string;
}

/**
 * Iterates over frames and files in turn; `before` goes in front, so that frames are few and long.
 */
function* piecesOf(node: NarNode, name: string, before: Buffer): Generator<Buffer | FileTurn> {
  switch (node.type) {
    case "regular":
      yield Buffer.concat([before, node.executable ? PROGRAM : FILE, encodeLength(node.size)]);
      yield { file: node, name };
      yield Buffer.concat([paddingOf(node.size), CLOSE]);
      return;
    case "symlink":
      yield Buffer.concat([before, LINK, encodeText(node.target), CLOSE]);
      return;
    case "directory":
      yield Buffer.concat([before, FOLDER]);
      for (const [entry, child] of sortEntries(node, name)) {
        const frame = Buffer.concat([ENTRY, encodeText(entry), NODE]);
        yield* piecesOf(child, `${name}/${entry}`, frame);
        yield CLOSE;
      }
      yield CLOSE;
  }
}

/** Sorts entries by name, as bytes; refuses names that occur twice, or that no folder can hold. */
function* sortEntries(folder: NarFolder, where: string): Generator<[Buffer, NarNode]> {
  const entries = [...folder.entries()].map(([name, node]): [Buffer, NarNode] => [
    Buffer.from(name as Uint8Array),
    node,
  ]);
  let last: Buffer | undefined;
  for (const entry of entries.sort(([a], [b]) => Buffer.compare(a, b))) {
    const [name] = entry;
    if (!isName(name)) {
      throw refusedError(where, `${JSON.stringify(String(name))} is not a file's name`);
    }
    if (last?.equals(name)) throw refusedError(where, `it holds ${name} twice`);
    last = name;
    yield entry;
  }
}

function isName(name: Buffer): boolean {
  const special = name.length === 0 || name.equals(DOT) || name.equals(DOTS);
  return !special && !name.includes("/") && !name.includes(0);
}

const DOT = Buffer.from(".");
const DOTS = Buffer.from("..");

function refusedError(where: string, why: string): NixociError {
  return new NixociError("MALFORMED", `Cannot serialise ${where}: ${why}`);
}

async function* readContents(file: NarFile, name: string): ByteStream {
  let seen = 0;
  for await (const chunk of file.open()) {
    seen += chunk.length;
    if (seen > file.size) throw sizeError(name, file.size, `more than ${file.size}`);
    yield chunk;
  }
  if (seen !== file.size) throw sizeError(name, file.size, `${seen}`);
}

function sizeError(name: string, expected: number, got: string): NixociError {
  return new NixociError("SIZE", `Cannot serialise ${name}: it has ${got} bytes, not ${expected}`, {
    hint: "something changed it meanwhile; try again when nothing does",
  });
}

/** Encodes a string: its length, itself, and zeros up to the next multiple of eight. */
function encodeText(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as Uint8Array);
  return Buffer.concat([encodeLength(bytes.length), bytes, paddingOf(bytes.length)]);
}

function encodeLength(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

const ZEROS = Buffer.alloc(8);

function paddingOf(size: number): Buffer {
  return ZEROS.subarray(0, -size & 7);
}

function encodeWords(...values: string[]): Buffer {
  return Buffer.concat(values.map(encodeText));
}

const FILE = encodeWords("(", "type", "regular", "contents");
const PROGRAM = encodeWords("(", "type", "regular", "executable", "", "contents");
const LINK = encodeWords("(", "type", "symlink", "target");
const FOLDER = encodeWords("(", "type", "directory");
const ENTRY = encodeWords("entry", "(", "name");
const NODE = encodeWords("node");
const CLOSE = encodeWords(")");
