/**
 * Headers of a layer's tar, byte for byte as three programs write them: Python's tarfile and GNU tar
 * (dockerTools), and Go's archive/tar (nix2container). Python's and Go's differ from each other, and
 * from `src/tar`, in what they put into PAX records and in what the ustar block then says.
 */
import type { LayerRecipe } from "../recipe.ts";
import { createHeaderRoom } from "./block.ts";
import { writeGnuHeader, writeNamedGnuHeader } from "./gnu.ts";
import { writeGoHeader } from "./go.ts";
import type { LayerMember } from "./member.ts";
import { writePythonHeader } from "./python.ts";

/** Writes the blocks before a member's content, which are good until its next call. */
export type HeaderWriter = (member: LayerMember) => Uint8Array;

/** Makes the writer of a layer's headers. */
export function createHeaderWriter(
  { style, packer, append }: Pick<LayerRecipe, "style" | "packer" | "append">,
): HeaderWriter {
  if (packer === "gnu-tar") return append === undefined ? writeGnuHeader : writeNamedGnuHeader;
  const write = style === "dockertools" ? writePythonHeader : writeGoHeader;
  const room = createHeaderRoom();
  return (member) => write(room, member);
}
