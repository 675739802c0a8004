import { expect, it } from "vitest";
import {
  formatMovingLine,
  formatSummaryLine,
  formatTotalLine,
} from "../../../src/cli/progress/lines.ts";
import { createProgressState } from "../../../src/cli/progress/state.ts";
import { formatLiveLines } from "../../../src/cli/progress/tty.ts";
import { blob, done, making, moved, plan, start, writing } from "./display.ts";

const ascii = { colour: false, unicode: false };
const moving = {
  kind: "layer" as const,
  descriptor: blob("a", 28_100_000),
  bytes: 14_050_000,
  since: 0,
};

it("a layer on its way has a bar where there is room for one", () => {
  expect(formatMovingLine(moving, 1000, 79, ascii)).toBe(
    "layer aaaaaaaaaaaa  ==============-------------  14.1 MB of 28.1 MB  14.1 MB/s",
  );
  expect(formatMovingLine(moving, 1000, 50, ascii)).toBe(
    "layer aaaaaaaaaaaa  14.1 MB of 28.1 MB  14.1 MB/s",
  );
  for (const columns of [1, 20, 40, 60, 80, 200]) {
    expect(formatMovingLine(moving, 1000, columns, ascii).length).toBeLessThanOrEqual(columns);
  }
});

it("an empty layer, and more bytes than there should be, draw no nonsense", () => {
  const empty = { ...moving, descriptor: blob("e", 0), bytes: 0 };
  expect(formatMovingLine(empty, 0, 79, ascii)).toMatch(/ =+ /);
  expect(formatMovingLine({ ...moving, bytes: 30_000_000 }, 0, 79, ascii)).toMatch(/ =+ /);
});

it("colours only when told to", () => {
  // deno-lint-ignore no-control-regex
  expect(formatMovingLine(moving, 1, 79, { colour: true, unicode: true })).toMatch(/\x1b\[36m━+/);
  expect(formatMovingLine(moving, 1, 79, { colour: false, unicode: true })).not.toContain("\x1b");
});

it("before the plan there is no whole, and nobody knows how long it takes", () => {
  let now = 0;
  const state = createProgressState(() => now);
  expect(formatTotalLine(state, 79, ascii)).toBe("preparing");
  state.apply(start(blob("a", 2_000_000)));
  now = 1000;
  state.apply(done(blob("a", 2_000_000)));
  expect(formatTotalLine(state, 79, ascii)).toBe("written 2.0 MB  2.0 MB/s  1 blob there");
  state.apply(making(blob("b", 2_000_000), 500_000));
  expect(formatTotalLine(state, 79, ascii)).toBe(
    "packed 0 layers  500 kB read  500 kB/s  1 blob there",
  );
});

it("before the plan it says what is written of layers that have no names yet", () => {
  let now = 0;
  const state = createProgressState(() => now);
  state.apply(writing(0));
  expect(formatTotalLine(state, 79, ascii)).toBe("preparing");
  now = 1000;
  state.apply(writing(3_000_000));
  expect(formatTotalLine(state, 79, ascii)).toBe("written 3.0 MB  3.0 MB/s");
  state.apply(done(blob("a", 4_000_000)));
  expect(formatTotalLine(state, 79, ascii)).toBe("written 4.0 MB  4.0 MB/s  1 blob there");
});

it("the total says rate and time left, the summary what happened", () => {
  let now = 0;
  const state = createProgressState(() => now);
  const [a, b, c] = [blob("a", 2_000_000), blob("b", 1_000_000), blob("c", 5_000_000)];
  for (const event of [plan(a, b, c), done(b, "exists"), start(a), start(c)]) state.apply(event);
  now = 1000;
  for (const event of [done(a), moved(c, 1_000_000)]) state.apply(event);
  expect(formatTotalLine(state, 79, ascii)).toBe(
    "total 2 of 3 blobs  4.0 MB of 8.0 MB  3.0 MB/s  2 s left",
  );
  expect(formatTotalLine(state, 20, ascii)).toBe("total 2 of 3 blobs  ");
  state.apply(done(c, "mounted"));
  expect(formatSummaryLine(state, 1.26, "copied")).toBe(
    "copied 1 blob, 3.0 MB in 1.3 s (1 there before, 1 mounted)",
  );
});

it("shows what is being packed, until it is", () => {
  const state = createProgressState(() => 0);
  const descriptor = { mediaType: "a/b", digest: `sha256:${"1".repeat(64)}` as const, size: 100 };
  state.apply({ type: "making", descriptor, bytes: 50 });
  const [line] = formatLiveLines(state, 1000, { columns: 80, rows: 10 }, ascii);
  expect(line).toMatch(/^packing 111111111111 .* 50 B of +100 B +50 B\/s$/);
  state.apply({ type: "making", descriptor, bytes: 100 });
  expect(formatLiveLines(state, 1000, { columns: 80, rows: 10 }, ascii).length).toBe(1);
  expect(state.blobs.all).toBe(0);
});
