/** Trees for tests of the store: files, programs, links, and names that are hard to sort. */
import { Buffer } from "node:buffer";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";

/** Whether file names may be any bytes: Deno decodes them. */
export const rawNames = !("Deno" in globalThis);

/** Sizes about the edges of padding, of small files and of buffers. */
export const SIZES = [0, 1, 7, 8, 9, 65_535, 65_536, 65_537, 1_048_576, 1_048_577];

/** Bytes that look like none of the buffer before. */
export function filled(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = at * 7 + (at >> 8);
  return bytes;
}

/**
 * Writes the tree, the same each time; `raw` adds names and targets that are not UTF-8. The golden
 * hashes in nar.test.ts are what `nix hash path` says of it.
 */
export function writeTree(folder: string, raw: boolean): void {
  mkdirSync(folder);
  for (const size of SIZES) writeFileSync(`${folder}/${size}`, filled(size));
  // Byte order is not that of UTF-16 (the last two), nor of folders before files.
  for (const name of ["a-b", "a.b", "a0", "Z", "a b", "line\nbreak", '"', "\uffee", "\u{1f600}"]) {
    writeFileSync(`${folder}/${name}`, name);
  }
  mkdirSync(`${folder}/a/empty`, { recursive: true });
  writeFileSync(`${folder}/a/run`, "#!/bin/sh\n");
  chmodSync(`${folder}/a/run`, 0o755);
  // Executable to its owner is what counts.
  writeFileSync(`${folder}/a/others`, "");
  chmodSync(`${folder}/a/others`, 0o655);
  symlinkSync("run", `${folder}/a/link`);
  symlinkSync("/nowhere/ü", `${folder}/a/dangling`);
  if (!raw) return;
  const bytes = (text: string) => Buffer.from(`${folder}/${text}`, "latin1");
  mkdirSync(bytes("\xff"));
  writeFileSync(bytes("\xff/\xfe"), "x");
  symlinkSync(Buffer.from("\xf0\x90\x80", "latin1"), bytes("\x80"));
}
