import { describe, expect, it } from "vitest";
import { pageOf } from "../../src/serve/page.ts";

const NAMES = ["v2", "V10", "latest", "v1", "v10"];
const SORTED = ["latest", "v1", "V10", "v10", "v2"];

describe("pageOf", () => {
  it("sorts without regard to case, and gives all when nobody asks for less", () => {
    expect(pageOf(NAMES, {})).toEqual({ names: SORTED, next: undefined });
  });

  it.each([1, 2, 3, 4, 5, 6])("comes to every name once, %i at a time", (n) => {
    const names: string[] = [];
    for (let last: string | undefined, more = true; more;) {
      const page = pageOf(NAMES, { n, last });
      names.push(...page.names);
      last = page.next;
      more = last !== undefined;
    }
    expect(names).toEqual(SORTED);
  });

  it("has no next page after none and after the last", () => {
    expect(pageOf(NAMES, { n: 0 })).toEqual({ names: [], next: undefined });
    expect(pageOf(NAMES, { n: 5 })).toEqual({ names: SORTED, next: undefined });
    expect(pageOf([], { n: 3 })).toEqual({ names: [], next: undefined });
  });

  it("goes on after a name that is not there any more", () => {
    expect(pageOf(NAMES, { last: "v11" }).names).toEqual(["v2"]);
    expect(pageOf(NAMES, { last: "zzz", n: 2 })).toEqual({ names: [], next: undefined });
  });
});
