import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { createLimit } from "../../../src/bytes/flow/limit.ts";

it("runs so many at a time, in the order of the calls", async () => {
  const limit = createLimit(2);
  const begun: number[] = [];
  let [now, most] = [0, 0];
  const results = await Promise.all([5, 1, 4, 2, 3].map((n) =>
    limit(async () => {
      begun.push(n);
      most = Math.max(most, ++now);
      await delay(n);
      now--;
      return n * n;
    })
  ));
  expect(results).toEqual([25, 1, 16, 4, 9]);
  expect([begun, most]).toEqual([[5, 1, 4, 2, 3], 2]);
});

it("goes on after a failure", async () => {
  const limit = createLimit(1);
  const failing = limit(() => Promise.reject(new Error("no")));
  const next = limit(() => Promise.resolve("next"));
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("next");
});

it("follows a number that changes", async () => {
  let count = 1;
  const limit = createLimit(() => count);
  const waiting: (() => void)[] = [];
  let running = 0;
  const works = Array.from({ length: 6 }, () =>
    limit(async () => {
      running++;
      await new Promise<void>((resolve) => waiting.push(resolve));
      running--;
    }));
  const seen = [running];
  const end = async (): Promise<void> => {
    waiting.shift()!();
    await delay(0);
    seen.push(running);
  };
  count = 3;
  await end();
  await end();
  count = 1;
  await end();
  await end();
  await end();
  await end();
  await Promise.all(works);
  expect(seen).toEqual([1, 3, 3, 2, 1, 1, 0]);
});
