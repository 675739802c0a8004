/** The table of docs/trust.md, made of the runs that were written down. */
import { describe, expect, it } from "vitest";
import { PARTS } from "../../tools/hazards-parts.ts";
import { formatTable, parseRuns, type Run, selectRuns } from "../../tools/hazards-seen.ts";
import { readText } from "../support/words.ts";

const RUN: Run = {
  part: "kills",
  runtime: "node",
  version: "26.10.0",
  date: "2026-11-29",
  seed: 1,
  held: 10,
  tried: 10,
  seconds: 1800,
};

describe("of the runs that were written down", () => {
  it("counts one a seed: the last one that tried the most", () => {
    const large = { ...RUN, held: 2000, tried: 2000 };
    const again = { ...large, date: "2026-11-30" };
    const other = { ...RUN, seed: 2 };
    expect(selectRuns([large, again, RUN, other])).toEqual([again, other]);
  });

  it("counts of those without a seed the last one of all cases", () => {
    const { seed: _, ...few } = RUN;
    const [more, all] = [{ ...few, full: true, tried: 74, held: 74 }, {
      ...few,
      full: true,
    }] as const;
    expect(selectRuns([few])).toEqual([few]);
    expect(selectRuns([more, all, few])).toEqual([all]);
  });

  it("counts none before one in which something did not hold, and that one until another follows", () => {
    const large = { ...RUN, held: 2000, tried: 2000 };
    const bad = { ...RUN, held: 9 };
    expect(selectRuns([large, bad])).toEqual([bad]);
    expect(selectRuns([large, bad, RUN])).toEqual([RUN]);
  });

  it("says in the table how many held, when, of which seeds, and what was not tried", () => {
    const runs = [RUN, { ...RUN, seed: 3, date: "2026-12-01", held: 9 }];
    const table = formatTable(PARTS.filter(({ name }) => name === "kills"), runs);
    expect(table).toContain(
      "| `kills` | 19 of 20; 2026-11-29 to 2026-12-01, seeds 1, 3 | not tried |",
    );
    expect(table).toContain("Node 26.10.0: of 2 runs 2 were timed, and took 1.0 hours together.");
  });
});

it("the table of docs/trust.md is of the runs that were written down", () => {
  const table = formatTable(PARTS, parseRuns(readText("test/hazards/seen.jsonl")));
  const plain = (text: string) => text.replace(/[\s-]+/g, " ");
  const [, written] = /<!-- table -->([^]*)<!-- end of table -->/.exec(readText("docs/trust.md"))!;
  expect(plain(written!).trim()).toBe(plain(table).trim());
});

it("each part has files of tests of its own, and a name that begins no other's", () => {
  for (const { name } of PARTS) {
    expect(PARTS.filter((part) => part.name.startsWith(name))).toHaveLength(1);
  }
});

it("the workflow of each night runs all parts", () => {
  const [, list] = /^ +part:\n((?: +- .*\n)+)/m.exec(readText(".github/workflows/hazards.yml"))!;
  const words = list!.trim().split(/\n/).flatMap((line) => line.replace(/^ *- /, "").split(","));
  for (const word of words) {
    expect(PARTS.some(({ name }) => name.startsWith(word)), word).toBe(true);
  }
  for (const { name } of PARTS) {
    expect(words.some((word) => name.startsWith(word)), name).toBe(true);
  }
});
