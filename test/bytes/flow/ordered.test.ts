import { describe, expect, it } from "vitest";
import { createOrderedWork } from "../../../src/bytes/flow/ordered.ts";

describe("inOrder", () => {
  it("does work in the order that was announced, however it is begun", async () => {
    const done: string[] = [];
    const order = createOrderedWork<string>();
    order.expect(["a", "b", "a", "c"]);
    const work = (key: string) => order.turn(key, () => Promise.resolve(done.push(key)));
    await Promise.all(["c", "b", "x", "a"].map(work));
    expect(done).toEqual(["a", "b", "c", "x"]);
  });

  it("goes on after work that fails", async () => {
    const order = createOrderedWork<number>();
    order.expect([1, 2]);
    const second = order.turn(2, () => Promise.resolve("two"));
    await expect(order.turn(1, () => Promise.reject(new Error("one")))).rejects.toThrow("one");
    expect(await second).toBe("two");
  });
});
