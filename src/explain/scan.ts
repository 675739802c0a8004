/**
 * Finds what refers to what from the files themselves, as Nix does after a build: a path refers to
 * another whose hash is somewhere in it.
 * @see https://github.com/NixOS/nix/blob/master/src/libstore/path-references.cc
 */
import type { ContentStore } from "../flatten/types.ts";
import { hashPartOf } from "../nix/formats/store-path.ts";
import { createStoreGraph, type StoreGraph } from "./graph.ts";
import { findStorePathAt } from "./store-place.ts";
import type { LayerFiles } from "./files.ts";

const HASH = 32;
const ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";

const IS_DIGIT = new Uint8Array(256);
for (const char of ALPHABET) IS_DIGIT[char.charCodeAt(0)] = 1;

/** Looks for hashes in bytes that come in chunks. */
export class HashScanner {
  /** The hashes that have been found. */
  readonly found = new Set<string>();
  #tail = Buffer.alloc(0);

  /** Looks at the next chunk; hashes that lie across two chunks are found, too. */
  push(chunk: Uint8Array): void {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const bridge = Buffer.concat([this.#tail, buffer.subarray(0, HASH - 1)]);
    if (this.#tail.length > 0) this.#scan(bridge);
    this.#scan(buffer);
    const rest = buffer.length >= HASH - 1 ? buffer : Buffer.concat([this.#tail, buffer]);
    this.#tail = Buffer.from(rest.subarray(Math.max(0, rest.length - (HASH - 1))));
  }

  #scan(buffer: Buffer): void {
    for (let at = 0; at + HASH <= buffer.length;) {
      // From the end: one byte of another kind rules out all places before it.
      let end = at + HASH - 1;
      while (end >= at && IS_DIGIT[buffer[end]!] === 1) end--;
      if (end >= at) {
        at = end + 1;
        continue;
      }
      this.found.add(buffer.toString("latin1", at, at + HASH));
      at++;
    }
  }
}

/** A scan of an image's files: a store for `mergeLayers`, and the graph once all has been read. */
export interface ReferenceScan {
  readonly store: ContentStore;
  finish(files: Pick<LayerFiles, "tree" | "storePaths">): StoreGraph;
}

/** Creates a scan: contents pass by once, and the hashes in each file are kept. */
export function createReferenceScan(): ReferenceScan {
  const mentions = new Map<number, ReadonlySet<string>>();
  return {
    store: {
      async put(file, { data }) {
        const scanner = new HashScanner();
        const whole = data.whole?.();
        if (whole !== undefined) scanner.push(whole);
        else for await (const chunk of data) scanner.push(chunk);
        if (scanner.found.size > 0) mentions.set(file, scanner.found);
      },
    },
    finish({ tree, storePaths }) {
      const sizes = new Map(storePaths.map(({ path, size }) => [path, size]));
      const found = new Map<string, Set<string>>();
      for (const { path, file, type, linkpath } of tree.entries()) {
        const own = findStorePathAt(`/${path}`);
        if (own === undefined) continue;
        const hashes = found.get(own) ?? new Set();
        found.set(own, hashes);
        for (const hash of mentions.get(file) ?? []) hashes.add(hash);
        if (type !== "symlink") continue;
        const scanner = new HashScanner();
        scanner.push(Buffer.from(linkpath));
        for (const hash of scanner.found) hashes.add(hash);
      }
      const byHash = new Map([...found.keys()].map((path) => [hashPartOf(path), path]));
      return createStoreGraph([...found].map(([path, hashes]) => {
        const size = sizes.get(path);
        const references = [...hashes].flatMap((hash) => byHash.get(hash) ?? []);
        return { path, references, ...size !== undefined && { narSize: size } };
      }));
    },
  };
}
