/**
 * The tags of a repository.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
import { useResources } from "../../../src/base/dispose.ts";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import { redactReply } from "../../../src/base/text.ts";
import { type ImageReference, isTag } from "../../../src/image/reference.ts";
import { isObject, parseJson } from "../../../src/image/json.ts";
import { parseNamedUrl } from "../http/client.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import { findLink } from "../http/link.ts";
import { refusePage } from "../http/page.ts";
import { openNamed } from "../open.ts";
import type { RegistrySideOptions } from "../options.ts";
import type { Session } from "../session.ts";
import type { World } from "../world.ts";

const PAGE_SIZE = 1000;
const MAX_PAGES = 10_000;
// As JSON. Large repositories have some hundred thousand tags, of 20 to 40 bytes.
const MAX_SIZE = 16 * 1024 * 1024;
// Google's registries give all tags on one page, and tell of each manifest beside.
const MAX_PAGE = 64 * 1024 * 1024;

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

/**
 * Gets all tags, in the registry's order, page by page.
 * @throws NixociError `LIMIT` when the list does not seem to end, `MALFORMED` when it leads back.
 */
async function getTags(of: Session): Promise<string[]> {
  const { host } = of.endpoint;
  const tags: string[] = [];
  const had = new Set<string>();
  let size = 0;
  let page: string | URL = `tags/list?n=${PAGE_SIZE}`;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const { names, url, next }: Page = await of.ask(
      { method: "GET", to: page, expect: [200] },
      (reply) => readPage(reply, of),
    );
    for (const name of names) {
      tags.push(name);
      size += name.length + '"",'.length;
    }
    if (size > MAX_SIZE) {
      throw new NixociError("LIMIT", `${host} lists more than ${MAX_SIZE} bytes of tags`);
    }
    if (next === undefined) return tags;
    if (had.add(url.href).has(next.href)) {
      throw new NixociError("MALFORMED", `${host} continues its tags on a page that we have had`);
    }
    page = next;
  }
  throw new NixociError("LIMIT", `${host} lists tags on more than ${MAX_PAGES} pages`);
}

interface Page {
  readonly names: readonly string[];
  readonly url: URL;
  readonly next: URL | undefined;
}

async function readPage(reply: Reply, { secrets }: Session): Promise<Page> {
  const what = `the list of tags of ${reply.url.host}`;
  const bytes = await reply.bytes(MAX_PAGE);
  refusePage(bytes, reply.url.host);
  const value = parseJson(bytes, what, { maxBytes: MAX_PAGE });
  const isList = isObject(value) && value["errors"] === undefined;
  const names = isList ? value["tags"] ?? [] : undefined; // some say null where there are none
  if (!Array.isArray(names)) throw new NixociError("MALFORMED", `${what} is not a list`);
  const wrong = names.find((name) => typeof name !== "string" || !isTag(name));
  if (wrong !== undefined) {
    const text = JSON.stringify(redactReply(String(wrong), secrets));
    throw new NixociError("MALFORMED", `${what} has ${text} in it, which is not a tag`);
  }
  return { names, url: reply.url, next: findNextPage(reply) };
}

/**
 * Finds the page after this one, on the same host: another one is none of our business. A registry behind
 * a proxy may not know by which protocol it is reached.
 */
function findNextPage({ headers, url }: Reply): URL | undefined {
  const target = findLink("next", headers.link, url);
  if (target === undefined) return undefined;
  const next = parseNamedUrl(target, url);
  if (next.host === url.host) return new URL(next.pathname + next.search, url.origin);
  throw new NixociError("UNSAFE", `${url.host} continues its list of tags on ${next.host}`);
}
