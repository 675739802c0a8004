import { describe, expect, it } from "vitest";
import { createMemoryBudget, readAhead } from "../../../src/bytes/flow/ahead/stream.ts";
import { type ByteStream, CHUNK_SIZE, collectStream } from "../../../src/bytes/stream.ts";

const whole = (stream: ByteStream) => collectStream(stream, 1 << 28, "a test stream");

/** A stream of numbered chunks, in one buffer, that knows how far it was read, and whether it ended. */
function source(chunks: number, size: number, failAt = Infinity) {
  const state = { read: 0, closed: false };
  const stream = (async function* () {
    const buffer = Buffer.alloc(size);
    try {
      for (; state.read < chunks; state.read++) {
        if (state.read === failAt) throw new Error("no more");
        yield buffer.fill(state.read + 1);
        buffer.fill(0xff);
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      state.closed = true;
    }
  })();
  return { stream, state };
}

const expected = (chunks: number, size: number) =>
  Buffer.concat(Array.from({ length: chunks }, (_, i) => Buffer.alloc(size, i + 1)));

const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

describe("roomFor", () => {
  it("counts those who could not wait", async () => {
    const room = createMemoryBudget(CHUNK_SIZE);
    const never = new Promise<void>(() => {});
    await room.enter(never);
    await room.enter(Promise.resolve()); // there is no place, and it is urgent
    let isIn = false;
    const waiting = room.enter(never).then(() => isIn = true);
    room.leave();
    await settled();
    expect(isIn).toBe(false);
    room.leave();
    expect(await waiting).toBe(true);
  });
});

describe("readAhead", () => {
  it.each([[1, 3], [300, 1000], [3, CHUNK_SIZE], [5, CHUNK_SIZE + 1], [0, 1]])(
    "gives %i chunks of %i bytes as they are, whenever they are asked for",
    async (chunks, size) => {
      for (const wait of [false, true]) {
        const { stream, state } = source(chunks, size);
        const begun = readAhead(stream, createMemoryBudget(1 << 20));
        if (wait) await settled();
        expect((await whole(begun.whole())).equals(expected(chunks, size))).toBe(true);
        expect(state.closed).toBe(true);
      }
    },
  );

  it("reads no further than there is room, and knows the size of what is all there", async () => {
    const room = createMemoryBudget(4 * CHUNK_SIZE);
    const small = readAhead(source(3, 100).stream, room);
    await expect.poll(() => small.size).toBe(300);
    const { stream, state } = source(20, CHUNK_SIZE);
    const large = readAhead(stream, room);
    await settled();
    expect(state.read).toBeLessThanOrEqual(4);
    expect(large.size).toBeUndefined();
    // What gives its room back lets the other go on; and one whose turn it is needs none.
    await whole(small.whole());
    await settled();
    const before = state.read;
    expect((await whole(large.whole())).equals(expected(20, CHUNK_SIZE))).toBe(true);
    expect(before).toBeLessThanOrEqual(5);
    const next = readAhead(source(4, CHUNK_SIZE).stream, room);
    await expect.poll(() => next.size).toBe(4 * CHUNK_SIZE); // all room was given back
    await next.stop();
  });

  it("gives what came before a failure, then the failure", async () => {
    const begun = readAhead(source(5, 10, 2).stream, createMemoryBudget(1 << 20));
    await settled();
    expect(begun.size).toBeUndefined();
    const got: number[] = [];
    await expect((async () => {
      for await (const chunk of begun.whole()) got.push(...chunk);
    })()).rejects.toThrow("no more");
    expect(Buffer.from(got)).toEqual(expected(2, 10));
  });

  it("lets go of what nobody reads, or reads to its end", async () => {
    const room = createMemoryBudget(2 * CHUNK_SIZE);
    const unread = source(9, CHUNK_SIZE);
    await readAhead(unread.stream, room).stop();
    expect(unread.state.closed).toBe(true);
    const left = source(9, CHUNK_SIZE);
    const begun = readAhead(left.stream, room);
    await settled();
    for await (const _ of begun.whole()) break;
    expect(left.state.closed).toBe(true);
    const next = readAhead(source(2, CHUNK_SIZE).stream, room);
    await expect.poll(() => next.size).toBe(2 * CHUNK_SIZE); // all room was given back
    await next.stop();
    const failed = readAhead(source(9, 10, 0).stream, room);
    await settled();
    await failed.stop();
  });
});
