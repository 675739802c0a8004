import { expect, it } from "vitest";
import { createProgressState } from "../../../src/cli/progress/state.ts";
import { blob, done, making, moved, plan, start, writing } from "./display.ts";

it("adds up what moves, what is there and what is left", () => {
  let now = 0;
  const state = createProgressState(() => now);
  const [a, b, c] = [blob("a", 1000), blob("b", 3000), blob("c", 6000)];
  state.apply(plan(a, b, c, a));
  expect([state.blobs.all, state.bytes.all]).toEqual([3, 10_000]);

  expect(state.apply(done(c, "exists"))).toMatchObject({ how: "exists" });
  state.apply(start(a));
  state.apply(start(b));
  now = 1000;
  state.apply(moved(b, 1500));
  expect(state.bytes).toEqual({ all: 10_000, done: 7500, moved: 1500 });
  expect(state.rate()).toBe(1500);
  expect(state.remaining()).toBeCloseTo(2500 / 1500);
  expect([...state.active.values()].map(({ bytes }) => bytes)).toEqual([0, 1500]);

  now = 2000;
  expect(state.apply(done(b))).toMatchObject({ bytes: 3000, since: 0, until: 2000 });
  state.apply(done(a));
  expect(state.bytes).toEqual({ all: 10_000, done: 10_000, moved: 4000 });
  expect(state.ways).toEqual({ moved: 2, exists: 1, mounted: 0 });
  expect(state.active.size).toBe(0);
});

it("counts what is copied to several places in each", () => {
  const state = createProgressState();
  const [a, b] = [blob("a", 100), blob("b", 10)];
  const committed = { type: "committed", descriptor: a, references: [] } as const;
  for (const event of [plan(a), done(a), committed]) state.apply(event);
  for (const event of [plan(a, b), done(a, "mounted"), done(b), committed]) state.apply(event);
  expect(state.blobs).toEqual({ all: 3, done: 3 });
  expect(state.bytes).toEqual({ all: 210, done: 210, moved: 110 });
});

it("the rate is that of the last seconds", () => {
  let now = 0;
  const state = createProgressState(() => now);
  const a = blob("a", 1_000_000);
  state.apply(plan(a));
  state.apply(start(a));
  for (now = 500; now <= 10_000; now += 500) {
    state.apply(moved(a, now <= 2000 ? now * 100 : 200_000));
    state.rate();
  }
  expect(state.rate()).toBe(0);
  expect(state.remaining()).toBeUndefined();
});

it("a blob that begins again takes its bytes back", () => {
  const state = createProgressState();
  const a = blob("a", 100);
  state.apply(start(a));
  state.apply(moved(a, 80));
  state.apply(moved(a, 10));
  expect(state.bytes).toEqual({ all: 100, done: 10, moved: 10 });
});

it("what is first heard of at its end has taken no time that is known", () => {
  let now = 0;
  const state = createProgressState(() => now++);
  const a = blob("a", 100);
  for (const event of [making(a, 100), plan(a), done(a)]) {
    const finished = state.apply(event);
    expect(finished?.until).toBe(finished?.since);
  }
});

it("a layer that is written before it has a name counts once", () => {
  let now = 0;
  const state = createProgressState(() => now);
  const [a, b, c] = [blob("a", 100), blob("b", 200), blob("c", 50)];
  state.apply(writing(0));
  now = 500;
  state.apply(writing(60));
  expect(state.bytes.moved).toBe(60);
  now = 1000;
  expect(state.apply(done(a))).toMatchObject({ bytes: 100, since: 0, until: 1000 });
  state.apply(start(b)); // remembered: it has a name
  state.apply(done(b));
  expect(state.bytes.moved).toBe(300);
  for (const bytes of [0, 40]) state.apply(writing(bytes));
  expect(state.bytes.moved).toBe(340);
  state.apply(plan(a, b, c)); // it turned out to be there
  state.apply(done(c, "exists"));
  expect(state.bytes).toEqual({ all: 350, done: 350, moved: 300 });
});
