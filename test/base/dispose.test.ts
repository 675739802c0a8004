import { describe, expect, it } from "vitest";
import { disposeAll, ownResources, useResources } from "../../src/base/dispose.ts";

/** A resource that writes down when it is disposed of, and may fail then. */
function resource(name: string, log: string[], failure?: Error): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      log.push(name);
      if (failure) throw failure;
    },
  };
}

describe("useResources", () => {
  it("returns what the work does, and disposes of the last resource first", async () => {
    const log: string[] = [];
    const value = await useResources(async (hold) => {
      hold(resource("a", log));
      hold(resource("b", log));
      expect(hold(undefined)).toBeUndefined();
      log.push("work");
      return await Promise.resolve(7);
    });
    expect(value).toBe(7);
    expect(log).toEqual(["work", "b", "a"]);
  });

  it("disposes of what is open when the next resource cannot be opened", async () => {
    const log: string[] = [];
    const work = useResources((hold) => {
      hold(resource("from", log));
      throw new Error("cannot open the sink");
    });
    await expect(work).rejects.toThrow("cannot open the sink");
    expect(log).toEqual(["from"]);
  });

  it("throws the work's error, which has the disposal's as its suppressed one", async () => {
    const log: string[] = [];
    const wrong = new Error("work");
    const later = new Error("disposal");
    const work = useResources((hold) => {
      hold(resource("a", log));
      hold(resource("b", log, later));
      throw wrong;
    });
    await expect(work).rejects.toBe(wrong);
    expect((wrong as SuppressedError).suppressed).toBe(later);
    expect(log).toEqual(["b", "a"]);
  });

  it("throws the disposal's error when the work was done", async () => {
    const failure = new Error("disposal");
    const work = useResources((hold) => void hold(resource("a", [], failure)));
    await expect(work).rejects.toBe(failure);
  });

  it("leaves an error alone that cannot be written to, and what is no error", async () => {
    const failure = new Error("disposal");
    for (const thrown of [Object.freeze(new Error("frozen")), "a word"]) {
      const work = useResources((hold) => {
        hold(resource("a", [], failure));
        throw thrown;
      });
      await expect(work).rejects.toBe(thrown);
    }
  });
});

describe("ownResources", () => {
  it("keeps the resources until what was made of them is disposed of", async () => {
    const log: string[] = [];
    const owner = await ownResources((hold) => {
      hold(resource("a", log));
      hold(resource("b", log));
      return { size: 2 };
    });
    expect(owner.size).toBe(2);
    expect(log).toEqual([]);
    await owner[Symbol.asyncDispose]();
    expect(log).toEqual(["b", "a"]);
  });

  it("lets go of them when nothing comes of it", async () => {
    const log: string[] = [];
    const wrong = new Error("work");
    const later = new Error("disposal");
    const making = ownResources((hold): object => {
      hold(resource("a", log, later));
      throw wrong;
    });
    await expect(making).rejects.toBe(wrong);
    expect((wrong as SuppressedError).suppressed).toBe(later);
    expect(log).toEqual(["a"]);
  });
});

describe("disposeAll", () => {
  it("disposes of all of them, and throws the first failure", async () => {
    const log: string[] = [];
    const [first, second] = [new Error("first"), new Error("second")];
    const all = [resource("a", log, second), undefined, resource("b", log, first)];
    await expect(disposeAll(all)).rejects.toBe(first);
    expect((first as SuppressedError).suppressed).toBe(second);
    expect(log).toEqual(["b", "a"]);
  });
});
