/** Sparse files: which bytes are stored, and where they belong. */
import type { ByteStream } from "../bytes/stream.ts";
import type { TarEntry } from "./entry.ts";

/** The content of the file that a member's stored content stands for: itself, if it is not sparse. */
export declare function expandSparse(entry: TarEntry, stored: ByteStream): ByteStream;
