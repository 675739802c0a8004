/** Lists that a registry gives page by page: of tags, of repositories, of referrers. */
import { NixociError } from "../../../src/base/errors.ts";
import { parseJson } from "../../../src/image/json.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import { parseNamedUrl } from "../http/client.ts";
import { findLink } from "../http/link.ts";
import { refusePage } from "../http/page.ts";
import type { Session } from "../session.ts";

const MAX_PAGES = 10_000;
// As JSON. Large repositories have some hundred thousand tags, of 20 to 40 bytes.
const MAX_SIZE = 16 * 1024 * 1024;
// Google's registries give all tags on one page, and tell of each manifest beside.
const MAX_PAGE = 64 * 1024 * 1024;

/** A list, and how its items are read. */
export interface PagedList<Item> {
  /** The word for its items in messages: `tags`. */
  readonly what: string;
  /** The first page, as a session is asked. */
  readonly to: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Reads the items of a page. @param what names the page in errors. */
  parse(value: unknown, what: string): readonly Item[];
  /** Returns the size of an item in bytes, so far as it counts. */
  sizeOf(item: Item): number;
}

/**
 * Gets the whole list, in the registry's order.
 * @throws NixociError `LIMIT` when the list does not seem to end, `MALFORMED` when it leads back.
 */
export async function getPages<Item>(of: Session, list: PagedList<Item>): Promise<Item[]> {
  const { host } = of.endpoint;
  const items: Item[] = [];
  const had = new Set<string>();
  let size = 0;
  let page: string | URL = list.to;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const { found, url, next }: Page<Item> = await of.ask(
      { method: "GET", to: page, ...list.headers && { headers: list.headers }, expect: [200] },
      (reply) => readPage(reply, list),
    );
    for (const item of found) {
      items.push(item);
      size += list.sizeOf(item);
    }
    if (size > MAX_SIZE) {
      throw new NixociError("LIMIT", `${host} lists more than ${MAX_SIZE} bytes of ${list.what}`);
    }
    if (next === undefined) return items;
    if (had.add(url.href).has(next.href)) {
      const message = `${host} continues its ${list.what} on a page that we have had`;
      throw new NixociError("MALFORMED", message);
    }
    page = next;
  }
  throw new NixociError("LIMIT", `${host} lists ${list.what} on more than ${MAX_PAGES} pages`);
}

interface Page<Item> {
  readonly found: readonly Item[];
  readonly url: URL;
  readonly next: URL | undefined;
}

async function readPage<Item>(reply: Reply, list: PagedList<Item>): Promise<Page<Item>> {
  const what = `the list of ${list.what} of ${reply.url.host}`;
  const bytes = await reply.bytes(MAX_PAGE);
  refusePage(bytes, reply.url.host);
  const found = list.parse(parseJson(bytes, what, { maxBytes: MAX_PAGE }), what);
  return { found, url: reply.url, next: findNextPage(reply, list.what) };
}

/**
 * Finds the page after this one, on the same host: another one is none of our business. A registry behind
 * a proxy may not know by which protocol it is reached.
 */
function findNextPage({ headers, url }: Reply, what: string): URL | undefined {
  const target = findLink("next", headers.link, url);
  if (target === undefined) return undefined;
  const next = parseNamedUrl(target, url);
  if (next.host === url.host) return new URL(next.pathname + next.search, url.origin);
  throw new NixociError("UNSAFE", `${url.host} continues its list of ${what} on ${next.host}`);
}
