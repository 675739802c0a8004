import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lendCompressor, returnCompressor } from "../../../src/bytes/zstd/compressors.ts";

describe("compressors", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.advanceTimersByTime(2000);
    vi.useRealTimers();
  });

  it("are lent again, the last one used first", () => {
    const [first, second] = [lendCompressor(3), lendCompressor(3)];
    returnCompressor(first);
    returnCompressor(second);
    expect(lendCompressor(3)).toBe(second);
    expect(lendCompressor(3)).toBe(first);
    returnCompressor(first);
    returnCompressor(second);
    vi.advanceTimersByTime(2000);
    expect([first, second].every(({ engine }) => engine.destroyed)).toBe(true);
  });

  it("are closed when they are without work, whatever the others have", () => {
    const [high, spare, busy] = [lendCompressor(19), lendCompressor(3), lendCompressor(3)];
    for (const compressor of [high, spare, busy]) returnCompressor(compressor);
    for (let i = 0; i < 4; i++) {
      vi.advanceTimersByTime(500);
      const lent = lendCompressor(3);
      expect(lent).toBe(busy);
      returnCompressor(lent);
    }
    expect([high, spare, busy].map(({ engine }) => engine.destroyed)).toEqual([true, true, false]);
  });
});
