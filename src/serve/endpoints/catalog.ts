/**
 * The repositories of the registry, which the specification leaves out and clients ask for.
 * @see https://distribution.github.io/distribution/spec/api/#listing-repositories
 */
import {
  createJsonAnswer,
  createProblem,
  type RegistryAnswer,
  type RegistryCall,
} from "../call.ts";
import { pageOf } from "../page.ts";
import type { RegistryStorage } from "../storage.ts";

/** Lists repositories: all of them, or `n` after `last`. */
export async function listCatalog(
  { url }: RegistryCall,
  storage: RegistryStorage,
): Promise<RegistryAnswer> {
  if (storage.listRepositories === undefined) {
    return createProblem(404, "UNSUPPORTED", "this registry does not list its repositories");
  }
  const n = url.searchParams.get("n");
  if (n !== null && !/^\d{1,9}$/.test(n)) {
    return createProblem(400, "PAGINATION_NUMBER_INVALID", "n is a number of names, 0 or more");
  }
  const { names, next } = pageOf(await storage.listRepositories(), {
    n: n === null ? undefined : Number(n),
    last: url.searchParams.get("last") ?? undefined,
  });
  const query = new URLSearchParams({ n: `${n}`, last: next ?? "" });
  return createJsonAnswer(200, { repositories: names }, {
    link: next === undefined ? undefined : `</v2/_catalog?${query}>; rel="next"`,
  });
}
