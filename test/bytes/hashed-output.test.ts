import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { createHashedOutput } from "../../src/bytes/hashed-output.ts";
import type { Output } from "../../src/bytes/output.ts";

const bytes = (text: string) => Buffer.from(text);

/** An output that keeps what it is given, and says what became of it. */
function kept(canMark: boolean) {
  const state = { text: "", committed: false, disposed: false };
  const output: Output = {
    write: (chunk) => Promise.resolve(void (state.text += Buffer.from(chunk).toString())),
    ...(canMark && {
      mark() {
        const then = state.text;
        return () => void (state.text = then);
      },
    }),
    commit: () => Promise.resolve(void (state.committed = true)),
    [Symbol.asyncDispose]: () => Promise.resolve(void (state.disposed = true)),
  };
  return { state, output };
}

describe("hashedOutput", () => {
  it("hashes what it passes on, and knows the hash at any time", async () => {
    const { state, output } = kept(true);
    const hashed = createHashedOutput(output);
    expect(hashed.digest()).toBe(digestOf(bytes("")));
    await hashed.write(bytes("ab"));
    expect(hashed.digest()).toBe(digestOf(bytes("ab")));
    await hashed.write(bytes("c"));
    expect(hashed.digest()).toBe(digestOf(bytes("abc")));
    await hashed.commit();
    await hashed[Symbol.asyncDispose]();
    expect(state).toEqual({ text: "abc", committed: true, disposed: true });
  });

  it("goes back to a mark, as often as it is told to", async () => {
    const { state, output } = kept(true);
    for (const hashed of [createHashedOutput(output), createHashedOutput()]) {
      await hashed.write(bytes("ab"));
      const back = hashed.mark!();
      for (const attempt of ["x", "yy", "c"]) {
        back();
        await hashed.write(bytes(attempt));
      }
      expect(hashed.digest()).toBe(digestOf(bytes("abc")));
    }
    expect(state.text).toBe("abc");
  });

  it("gives no marks that the output below has not, and never patches", () => {
    expect(createHashedOutput(kept(false).output).mark).toBeUndefined();
    expect(createHashedOutput({ ...kept(true).output, patch: () => Promise.resolve() }).patch)
      .toBeUndefined();
  });

  it("does not commit what the check refuses", async () => {
    const { state, output } = kept(true);
    const hashed = createHashedOutput(output, "sha256", (digest) => {
      throw new Error(`not ${digest}`);
    });
    await hashed.write(bytes("a"));
    await expect(hashed.commit()).rejects.toThrow(`not ${digestOf(bytes("a"))}`);
    expect(state.committed).toBe(false);
  });
});
