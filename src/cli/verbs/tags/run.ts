/** The work of `nixoci tags`. */
import { listTags } from "../../../../transports/registry/mod.ts";
import type { Io } from "../../kit/io.ts";
import { sideOptions } from "../../kit/sides.ts";
import { readRepository } from "../../reference/place.ts";

/** A repository as it was written, and its tags. */
export interface RepositoryTags {
  readonly repository: string;
  readonly tags: readonly string[];
}

/** Asks a registry for the tags of a repository. */
export async function findTags(text: string, io: Io): Promise<RepositoryTags> {
  const repository = readRepository(text);
  return { repository, tags: await listTags(repository, sideOptions(io.access, io)) };
}
