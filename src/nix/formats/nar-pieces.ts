/**
 * Writes NARs: strings with eight bytes of length before them and zeros up to the next eight.
 * @see https://nix.dev/manual/nix/latest/protocols/nix-archive
 */
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import type { ByteStream } from "../../bytes/stream.ts";
import { NixociError } from "../../base/errors.ts";

/** A tree, or a leaf of a tree. Text stands for its UTF-8. */
export type NarNode<File extends NarFileFacts = NarFile> = File | NarLink | NarFolder<File>;

/** The facts of a file that an archive says beside its contents. */
export interface NarFileFacts {
  readonly type: "regular";
  readonly executable?: boolean;
  /** In bytes; the contents have to keep to it. */
  readonly size: number;
}

/** A file; it is opened when its turn comes, after everything before it was read. */
export interface NarFile extends NarFileFacts {
  open(): ByteStream;
}

/** A symbolic link. */
export interface NarLink {
  readonly type: "symlink";
  readonly target: string | Uint8Array;
}

/** A folder; asked for its entries, in any order, when its turn comes. */
export interface NarFolder<File extends NarFileFacts = NarFile> {
  readonly type: "directory";
  entries(): Iterable<readonly [name: string | Uint8Array, node: NarNode<File>]>;
}

/** The number of bytes before other work gets a turn: reading small files never waits. */
const TURN = 1024 * 1024;

/** Writes the archive in small pieces: the frames of files, and their contents. */
export async function* writePieces(tree: NarNode, name: string): ByteStream {
  let turn = TURN;
  for (const piece of listPieces(tree, name)) {
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
export interface FileTurn<File extends NarFileFacts> {
  readonly file: File;
  readonly name: string;
}

type Pieces<File extends NarFileFacts> = Generator<Buffer | FileTurn<File>>;

/** Lists the frames of an archive, and the files whose contents come between them. */
export function listPieces<File extends NarFileFacts>(
  tree: NarNode<File>,
  name: string,
): Pieces<File> {
  return piecesOf(tree, name, encodeText("nix-archive-1"));
}

/** Lists the pieces of a node; `before` goes in front, so that frames are few and long. */
function* piecesOf<File extends NarFileFacts>(
  node: NarNode<File>,
  name: string,
  before: Buffer,
): Pieces<File> {
  switch (node.type) {
    case "regular":
      yield Buffer.concat([before, node.executable ? PROGRAM : FILE, encodeLength(node.size)]);
      yield { file: node, name };
      yield FILE_ENDS[-node.size & 7]!;
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
function* sortEntries<File extends NarFileFacts>(
  folder: NarFolder<File>,
  where: string,
): Generator<[Buffer, NarNode<File>]> {
  const entries = [...folder.entries()].map(([name, node]): [Buffer, NarNode<File>] => [
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
  if (name.length === 0 || name.includes(SLASH) || name.includes(0)) return false;
  return name.length > 2 || name.some((byte) => byte !== DOT);
}

const SLASH = "/".charCodeAt(0);
const DOT = ".".charCodeAt(0);

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

/** Returns the error for a file of another size than it had. */
export function sizeError(name: string, expected: number, got: string): NixociError {
  return new NixociError("SIZE", `Cannot serialise ${name}: it has ${got} bytes, not ${expected}`, {
    hint: "something changed it meanwhile; try again when nothing does",
  });
}

/** Encodes a string: its length, itself, and zeros up to the next multiple of eight. */
function encodeText(value: string | Uint8Array): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  const text = Buffer.alloc(8 + bytes.length + (-bytes.length & 7));
  text.set(encodeLength(bytes.length));
  text.set(bytes, 8);
  return text;
}

function encodeLength(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUIntLE(value, 0, 6); // no file has more
  return bytes;
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

/** The frames that end a file, by the number of zeros that come before it. */
const FILE_ENDS = Array.from(
  { length: 8 },
  (_, zeros) => Buffer.concat([Buffer.alloc(zeros), CLOSE]),
);
