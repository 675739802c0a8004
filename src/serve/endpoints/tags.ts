/** The tags of a repository. */
import { createJsonAnswer, createProblem, type RegistryAnswer } from "../call.ts";
import { requireRepository, type RouteHandler } from "../endpoint.ts";
import { pageOf } from "../page.ts";

/** Lists tags: all of them, or `n` after `last` with a link to those that follow. */
export const listTags: RouteHandler = requireRepository(
  async ({ name, call }, repository): Promise<RegistryAnswer> => {
    const query = call.url.searchParams;
    const n = query.get("n");
    if (n !== null && !/^\d{1,9}$/.test(n)) {
      return createProblem(400, "PAGINATION_NUMBER_INVALID", "n is a number of tags, 0 or more");
    }
    const page = pageOf(await repository.listTags(), {
      n: n === null ? undefined : Number(n),
      last: query.get("last") ?? undefined,
    });
    const next = new URLSearchParams({ n: `${n}`, last: page.next ?? "" });
    return createJsonAnswer(200, { name, tags: page.names }, {
      link: page.next === undefined ? undefined : `</v2/${name}/tags/list?${next}>; rel="next"`,
    });
  },
);
