import { describe, expect, it } from "vitest";
import { createPipe } from "../../../src/bytes/flow/pipe.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("pipe", () => {
  it("hands on what is written, in order, to its end", async () => {
    const { stream, write, end } = createPipe();
    const written = (async () => {
      for (let i = 1; i <= 100; i++) await write(bytes(i));
      await write(bytes());
      end();
    })();
    const got: number[] = [];
    for await (const chunk of stream) got.push(...chunk);
    await written;
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  it("gives a buffer back when the reader asks for more, not before", async () => {
    const { stream, write } = createPipe();
    const reader = stream[Symbol.asyncIterator]();
    let free = false;
    void write(bytes(1)).then(() => free = true);
    expect((await reader.next()).value).toEqual(bytes(1));
    await Promise.resolve();
    expect(free).toBe(false);
    const more = reader.next();
    await Promise.resolve();
    expect(free).toBe(true);
    void write(bytes(2));
    expect((await more).value).toEqual(bytes(2));
  });

  it("fails at both ends, whoever waits", async () => {
    for (const waits of ["reader", "writer", "nobody"]) {
      const { stream, write, fail } = createPipe();
      const reader = stream[Symbol.asyncIterator]();
      const waiting = waits === "reader" ? reader.next() : waits === "writer" ? write(bytes(1)) : 0;
      fail(new Error("first"));
      fail(new Error("second"));
      if (waits !== "nobody") await expect(waiting).rejects.toThrow("first");
      await expect(write(bytes(1))).rejects.toThrow("first");
      await expect(reader.next()).rejects.toThrow("first");
    }
  });

  it("tells the writer that the reader has left", async () => {
    const { stream, write, end } = createPipe();
    const writing = write(bytes(1));
    for await (const _ of stream) break;
    await expect(writing).rejects.toThrow("went away");
    await expect(write(bytes(2))).rejects.toThrow("went away");
    end();
  });
});
