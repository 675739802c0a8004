import { describe, expect, it } from "vitest";
import {
  codeOf,
  isSystemError,
  markSide,
  NixociError,
  reasonOf,
  sideOf,
  wrapError,
} from "../../src/base/errors.ts";

const system = (code: string) =>
  Object.assign(new Error(`${code}: raw words, open '/x'`), { code });

describe("errors", () => {
  it("say what was being done, in our words, and keep code, hint and cause", () => {
    const inner = new NixociError("DIGEST", "it hashes to something else", { hint: "get another" });
    const outer = wrapError(inner, "Cannot copy a to b");
    expect(outer.message).toBe("Cannot copy a to b: it hashes to something else");
    expect(outer).toMatchObject({ code: "DIGEST", hint: "get another", cause: inner });
  });

  it("name a file once, however many name it", () => {
    const opening = wrapError(system("EACCES"), "Cannot open my: own file");
    const reading = wrapError(opening, "Cannot read the key my: own file");
    expect(reading.message).toBe("Cannot read the key my: own file: permission denied");
    const writing = wrapError(system("ENOSPC"), "Cannot write a/b");
    expect(wrapError(writing, "Cannot write a/b").message)
      .toBe("Cannot write a/b: no space left on device");
    expect(wrapError(opening, "Cannot read your own file").message)
      .toBe("Cannot read your own file: Cannot open my: own file: permission denied");
    expect(wrapError(opening, "Cannot read file").message)
      .toBe("Cannot read file: Cannot open my: own file: permission denied");
  });

  it.each([
    ["ENOENT", "NOT_FOUND", "no such file or directory"],
    ["ENOSPC", "IO", "no space left on device"],
    ["ECONNREFUSED", "NETWORK", "connection refused"],
    ["EACCES", "IO", "permission denied"],
    ["EWHATEVER", "IO", "EWHATEVER: raw words, open '/x'"],
  ])("put %s into words", (code, ours, words) => {
    expect(wrapError(system(code), "Cannot").code).toBe(ours);
    expect(reasonOf(system(code))).toBe(words);
    expect(isSystemError(system(code), "EOTHER", code)).toBe(true);
    expect(codeOf(system(code))).toBeUndefined();
  });

  it("know the side of a copy that failed first, and keep it", () => {
    const inner = markSide("source", new NixociError("NETWORK", "it broke off"));
    const outer = wrapError(inner, "layer x");
    expect(outer).toMatchObject({ side: "source", message: "layer x: it broke off" });
    expect(markSide("destination", outer)).toBe(outer);
    expect(sideOf(new Error("around", { cause: outer }))).toBe("source");
    expect(sideOf(new Error("of none"))).toBeUndefined();
    expect(markSide("destination", system("ENOSPC"))).toMatchObject({
      side: "destination",
      message: "writing to the destination: no space left on device",
    });
    const aborted = AbortSignal.abort().reason;
    expect(markSide("source", aborted)).toBe(aborted);
  });

  it("know an interruption, whose code is a number", () => {
    expect(wrapError(AbortSignal.abort().reason, "Cannot").code).toBe("CANCELLED");
    expect(wrapError("just text", "Cannot").message).toBe("Cannot: just text");
  });
});
