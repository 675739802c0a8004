/**
 * Headers of a layer's tar, byte for byte as two programs write them: Python's tarfile (dockerTools)
 * and Go's archive/tar (nix2container). They differ from each other, and from `src/tar`, in what
 * they put into PAX records and in what the ustar block then says.
 */
import type { LayerStyle } from "../recipe.ts";
import { emptyBlock } from "./block.ts";
import { goHeader } from "./go.ts";
import type { Member } from "./member.ts";
import { pythonHeader } from "./python.ts";

/** The blocks before a member's content; good until the next call. */
export type HeaderWriter = (member: Member) => Uint8Array;

/** How a style writes headers. */
export function headerWriter(style: LayerStyle): HeaderWriter {
  const write = style === "dockertools" ? pythonHeader : goHeader;
  const block = emptyBlock();
  return (member) => write(block, member);
}
