import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { mapLimited } from "../../../src/bytes/flow/map.ts";

it("works on so many at a time, and keeps the order", async () => {
  let [now, most] = [0, 0];
  const results = await mapLimited([5, 1, 4, 2, 3], 2, async (n) => {
    most = Math.max(most, ++now);
    await delay(n);
    now--;
    return n * n;
  });
  expect(results).toEqual([25, 1, 16, 4, 9]);
  expect(most).toBe(2);
  expect(await mapLimited([], 2, () => Promise.reject(new Error("never")))).toEqual([]);
});

it("begins nothing after a failure, and waits for what has begun", async () => {
  const begun: number[] = [];
  let ended = false;
  const working = mapLimited([0, 1, 2, 3], 2, async (n) => {
    begun.push(n);
    if (n === 1) throw new Error("no");
    await delay(5);
    ended = true;
  });
  await expect(working).rejects.toThrow("no");
  expect([begun, ended]).toEqual([[0, 1], true]);
});
