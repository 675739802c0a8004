import { describe, expect, it } from "vitest";
import {
  explainStream,
  type Pour,
  pourStream,
  streamFrom,
  streamPour,
} from "../../src/bytes/pour.ts";
import { skipBytes } from "../../src/bytes/rechunk.ts";
import {
  type ByteStream,
  collectStream,
  streamBytes,
  watchStream,
} from "../../src/bytes/stream.ts";

const CHUNKS = ["a", "bc", "", "def"].map((text) => Buffer.from(text));
const isHere = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A stream that is poured out of one buffer, and what became of it. */
function pourer(failure?: Error): { stream: ByteStream; log: string[] } {
  const log: string[] = [];
  const buffer = Buffer.alloc(3);
  const pour: Pour = async (receive) => {
    log.push("open");
    try {
      for (const chunk of CHUNKS) {
        await receive(buffer.subarray(0, chunk.copy(buffer)));
        buffer.fill("?");
      }
      if (failure) throw failure;
    } finally {
      log.push("release");
    }
  };
  return { stream: streamPour(pour), log };
}

const open = () => Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() });

const STREAMS: readonly (readonly [string, () => ByteStream])[] = [
  ["that is pulled", () => streamBytes(...CHUNKS)],
  ["that can pour", () => pourer().stream],
  ["that is watched", () => watchStream(pourer().stream, () => {})],
  ["that is explained", () => explainStream(pourer().stream, (error) => error)],
  ["of what is opened", () => streamFrom(open, () => pourer().stream)],
];

describe.each(STREAMS)("a stream %s", (_, open) => {
  it("gives the same, poured and pulled", async () => {
    const seen: string[] = [];
    await pourStream(open(), (chunk) => void seen.push(String(chunk)));
    expect(seen).toEqual(CHUNKS.map(String));
    expect(String(await collectStream(open(), 10, "it"))).toBe("abcdef");
  });

  it("waits for a receiver that needs time, chunk by chunk", async () => {
    let isBusy = false;
    const seen: string[] = [];
    await pourStream(open(), async (chunk) => {
      expect(isBusy).toBe(false);
      isBusy = true;
      await isHere();
      seen.push(String(chunk));
      isBusy = false;
    });
    expect(seen.join("")).toBe("abcdef");
  });

  it.each([
    ["at once", () => {
      throw new Error("full");
    }],
    ["later", async () => {
      await isHere();
      throw new Error("full");
    }],
  ])("lets its receiver fail %s, with the receiver's own error", async (_when, receive) => {
    const failure = await pourStream(open(), receive).catch((error) => error);
    expect(failure.message).toBe("full");
  });
});

describe("a stream that can pour", () => {
  it("opens with the first chunk that is asked for, and lets go of all when nobody wants more", async () => {
    const { stream, log } = pourer();
    const reader = stream[Symbol.asyncIterator]();
    expect(log).toEqual([]);
    expect(String((await reader.next()).value)).toBe("a");
    expect(log).toEqual(["open"]);
    await reader.return!();
    expect(log).toEqual(["open", "release"]);
  });

  it("fails with its own error, which can be explained; its receiver's is not taken for one", async () => {
    const explain = (error: unknown): Error => new Error(`so: ${(error as Error).message}`);
    const open = () => explainStream(pourer(new Error("torn")).stream, explain);
    await expect(collectStream(open(), 10, "it")).rejects.toThrow("so: torn");
    await expect(pourStream(open(), () => {})).rejects.toThrow("so: torn");
    const full = (): void => {
      throw new Error("full");
    };
    await expect(pourStream(open(), full)).rejects.toThrow(/^full$/);
  });

  it("shows its watcher each chunk once, and its end", async () => {
    const seen: string[] = [];
    const open = () => watchStream(pourer().stream, (b) => seen.push(`${b}`), () => seen.push("."));
    await pourStream(open(), () => {});
    await collectStream(open(), 10, "it");
    expect(seen.join(" ")).toBe("a bc  def . a bc  def .");
  });
});

describe("the first bytes of a stream", () => {
  it.each([0, 1, 2, 3, 5, 6, 7])("are left out, %d of them", async (bytes) => {
    for (const stream of [streamBytes(...CHUNKS), pourer().stream]) {
      let seen = "";
      await pourStream(skipBytes(stream, bytes), (chunk) => void (seen += chunk));
      expect(seen).toBe("abcdef".slice(bytes));
    }
    expect(String(await collectStream(skipBytes(pourer().stream, bytes), 10, "it")))
      .toBe("abcdef".slice(bytes));
  });
});

it("a failure of the receiver is none that a stream explains", async () => {
  const explained: unknown[] = [];
  const stream = explainStream(pourer().stream, (error) => explained.push(error));
  const failure = new Error("no room");
  const pouring = pourStream(stream, () => {
    throw failure;
  });
  await expect(pouring).rejects.toBe(failure);
  expect(explained).toEqual([]);
});
