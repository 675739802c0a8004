/** Tags, page by page. */
import { describe, expect, it } from "vitest";
import { type Asked, jsonOf, putBlob, putManifest, servedFromMemory, verdictOf } from "./setup.ts";

async function withTags(...tags: string[]): Promise<Asked> {
  const asked = await servedFromMemory();
  await putBlob(asked);
  for (const tag of tags) await putManifest(asked, tag);
  return asked;
}

async function tagsIn(answer: Response): Promise<string[]> {
  const { name, tags } = await jsonOf<{ name: string; tags: string[] }>(answer);
  expect(name).toBe("app");
  return tags;
}

describe("serveRegistry: tags", () => {
  it("are listed in order", async () => {
    const { ask } = await withTags("v2", "latest", "V1");
    const answer = await ask("GET", "app/tags/list");
    expect(answer.headers.get("link")).toBeNull();
    expect(await tagsIn(answer)).toEqual(["latest", "V1", "v2"]);
  });

  it("come page by page, each with a link to the next", async () => {
    const { ask, registry } = await withTags("a", "b", "c", "d", "e");
    const pages: string[][] = [];
    for (let path: string | undefined = "app/tags/list?n=2"; path !== undefined;) {
      const answer: Response = await ask("GET", path);
      pages.push(await tagsIn(answer));
      const link = answer.headers.get("link");
      path = link === null ? undefined : /^<(\/v2\/.+)>; rel="next"$/.exec(link)![1];
      expect(new URL(path ?? "/", registry.url).origin).toBe(registry.url);
    }
    expect(pages).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  it("go on after a tag", async () => {
    const { ask } = await withTags("a", "b", "c");
    expect(await tagsIn(await ask("GET", "app/tags/list?last=a"))).toEqual(["b", "c"]);
    expect(await tagsIn(await ask("GET", "app/tags/list?last=b&n=5"))).toEqual(["c"]);
  });

  it("are none when none are asked for, with no page after that", async () => {
    const { ask } = await withTags("a");
    const answer = await ask("GET", "app/tags/list?n=0");
    expect([answer.headers.get("link"), await tagsIn(answer)]).toEqual([null, []]);
  });

  it("are not counted in what is not a number", async () => {
    const { ask } = await withTags("a");
    for (const n of ["-1", "x", "1.5", "", "1e9", "99999999999"]) {
      expect(await verdictOf(await ask("GET", `app/tags/list?n=${n}`)))
        .toBe("400 PAGINATION_NUMBER_INVALID");
    }
  });

  it("are none of a repository without images, and of none there is an error", async () => {
    const { ask } = await withTags();
    expect(await tagsIn(await ask("GET", "app/tags/list"))).toEqual([]);
    expect(await verdictOf(await ask("GET", "nowhere/tags/list"))).toBe("404 NAME_UNKNOWN");
  });
});
