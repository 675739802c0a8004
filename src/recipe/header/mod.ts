/**
 * Headers of a layer's tar, byte for byte as two programs write them: Python's tarfile (dockerTools)
 * and Go's archive/tar (nix2container). They differ from each other, and from `src/tar`, in what
 * they put into PAX records and in what the ustar block then says.
 */
import type { LayerStyle } from "../recipe.ts";
import { createBlock } from "./block.ts";
import { writeGoHeader } from "./go.ts";
import type { LayerMember } from "./member.ts";
import { writePythonHeader } from "./python.ts";

/** Writes the blocks before a member's content, which are good until the next call. */
export type HeaderWriter = (member: LayerMember) => Uint8Array;

/** Makes the writer of a style's headers. */
export function createHeaderWriter(style: LayerStyle): HeaderWriter {
  const write = style === "dockertools" ? writePythonHeader : writeGoHeader;
  const block = createBlock();
  return (member) => write(block, member);
}
