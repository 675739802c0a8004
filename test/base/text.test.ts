import { describe, expect, it } from "vitest";
import { redactReply, toOneLine } from "../../src/base/text.ts";

describe("oneLine", () => {
  it("escapes what could drive a terminal", () => {
    expect(toOneLine("a\nb\r\tc\x1b[2J\x7f\x9b\u2028\u202e\u200b")).toBe(
      "a\\nb\\r\\tc\\x1b[2J\\x7f\\x9b\\u2028\\u202e\\u200b",
    );
  });
  it("leaves other text alone", () => {
    expect(toOneLine("Grüße, 世界 🎉 \\n")).toBe("Grüße, 世界 🎉 \\n");
  });
});

describe("told", () => {
  it("is one line, escaped, and not long", () => {
    expect(redactReply(" plain ünïcode 漢字 🙂\n")).toBe("plain ünïcode 漢字 🙂");
    expect(redactReply("a\nb\t\r\n c")).toBe("a b c");
    expect(redactReply("\x1b]0;t\x07\x9b2J\u202e\u2066\u200b"))
      .toBe("\\x1b]0;t\\x07\\x9b2J\\u202e\\u2066\\u200b");
    expect(redactReply("x".repeat(1000))).toBe(`${"x".repeat(300)}…`);
  });

  it("masks secrets before it cuts, the longest first", () => {
    const secrets = new Set(["abcd", "abcdefgh", "", "e"]);
    expect(redactReply("1 abcdefgh 2 abcd e", secrets)).toBe("1 *** 2 *** e");
    expect(redactReply(`${"x".repeat(297)}abcdefgh`, secrets)).toBe(`${"x".repeat(297)}***`);
  });
});
