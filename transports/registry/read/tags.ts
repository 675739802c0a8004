/**
 * The tags of a repository.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
import { useResources } from "../../../src/base/dispose.ts";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import { redactReply } from "../../../src/base/text.ts";
import { type ImageReference, isTag } from "../../../src/image/reference.ts";
import { isObject } from "../../../src/image/json.ts";
import { openNamed } from "../open.ts";
import type { RegistrySideOptions } from "../options.ts";
import type { Session } from "../session.ts";
import type { World } from "../world.ts";
import { getPages } from "./pages.ts";

const PAGE_SIZE = 1000;

/** Lists the tags of a repository; see `listTags`. */
export async function readTags(
  { host, repository }: ImageReference,
  options: RegistrySideOptions,
  world: World,
): Promise<string[]> {
  return await useResources(async (hold) => {
    const of = hold(await openNamed({ host, repository }, "pull", options, world));
    return await getTags(of).catch((error) => {
      throw wrapError(error, `Cannot list the tags of ${host}/${repository}`);
    });
  });
}

/** Gets all tags, in the registry's order. Throws as {@link getPages} does. */
export async function getTags(of: Session): Promise<string[]> {
  return await getPages(of, {
    what: "tags",
    to: `tags/list?n=${PAGE_SIZE}`,
    parse: (value, what) => parseTags(value, what, of),
    sizeOf: (tag) => tag.length + '"",'.length,
  });
}

function parseTags(value: unknown, what: string, { secrets }: Session): readonly string[] {
  const isList = isObject(value) && value["errors"] === undefined;
  const names = isList ? value["tags"] ?? [] : undefined; // some say null where there are none
  if (!Array.isArray(names)) throw new NixociError("MALFORMED", `${what} is not a list`);
  const wrong = names.find((name) => typeof name !== "string" || !isTag(name));
  if (wrong === undefined) return names;
  const text = JSON.stringify(redactReply(String(wrong), secrets));
  throw new NixociError("MALFORMED", `${what} has ${text} in it, which is not a tag`);
}
