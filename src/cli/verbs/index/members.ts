/** The images that are put into an index: opened, and kept open for the copy. */
import { openSource } from "../../../../transports/mod.ts";
import { parsePlace } from "../../../../transports/reference.ts";
import { NixociError } from "../../../base/errors.ts";
import type { Digest } from "../../../bytes/digest.ts";
import { parsePlatform } from "../../../image/platform.ts";
import type { IndexMember } from "../../../steps/index-entries.ts";
import { rememberChildren } from "../../delivery/spared.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";

/** The images, and the repositories that their blobs can be mounted from. */
export interface OpenedMembers {
  readonly members: readonly IndexMember[];
  readonly holders: Map<Digest, string>;
}

/** Opens the sources. @throws NixociError `USAGE` when there are not as many platforms. */
export async function openMembers(
  sources: readonly string[],
  platforms: readonly string[] | undefined,
  io: Io,
  hold: <T extends AsyncDisposable>(resource: T) => T,
): Promise<OpenedMembers> {
  if (platforms !== undefined && platforms.length !== sources.length) {
    const counts = `${platforms.length} for ${sources.length} sources`;
    throw new NixociError("USAGE", `--platform: ${counts}`, { hint: "give one for each" });
  }
  const holders = new Map<Digest, string>();
  const members = await Promise.all(sources.map(async (text, i): Promise<IndexMember> => {
    const place = parsePlace(text, { lasting: true });
    const source = hold(await openSource(place, readSideOptions(io.access, io, "src-")));
    const { repository } = source.traits ?? {};
    const root = rememberChildren(await source.resolve(), (digest) => {
      if (repository !== undefined) holders.set(digest, repository);
    });
    const platform = platforms?.[i];
    return { root, platform: platform === undefined ? undefined : parsePlatform(platform) };
  }));
  return { members, holders };
}
