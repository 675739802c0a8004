/** Unpacks the layers in an archive: how large they become, nothing says before. */
import { type ByteStream, watchStream } from "../../../src/bytes/stream.ts";
import { unpackStream } from "../../../src/bytes/unpack.ts";
import { createSizeGuard } from "../../../src/image/layer/bounds.ts";
import type { SideOptions } from "../../../src/image/transport.ts";
import type { ArchiveMember } from "../archive/members.ts";

/** The options of a side that concern this. */
export type MemberOptions = Pick<SideOptions, "bounds" | "signal">;

/**
 * Unpacks a layer.
 * @param name what an error calls it.
 * @param watch gets the chunks that are stored, in order.
 * @throws as `unpackStream` does, and NixociError `LIMIT` past the bounds.
 */
export async function* unpackMember(
  member: ArchiveMember,
  name: string,
  { bounds, signal, watch }: MemberOptions & { readonly watch?: (chunk: Uint8Array) => void },
): ByteStream {
  const { countStored, countUnpacked } = createSizeGuard({
    descriptor: { digest: name, size: member.size },
    ...bounds && { bounds },
  });
  const stored = watchStream(member.open(), (chunk) => {
    countStored(chunk);
    watch?.(chunk);
  });
  for await (const chunk of unpackStream(stored, signal)) {
    countUnpacked(chunk);
    yield chunk;
  }
}
