import { Buffer } from "node:buffer";
import { inspect } from "node:util";
import { expect, it } from "vitest";
import { parseJson } from "../../src/image/json.ts";

it.each(["c4n4ry-s3cr3t", "\x1b[2Jc4n4ry", '{"a": c4n4ry', `{"a": ${" ".repeat(99)} c4n4ry`])(
  "what is not JSON is not quoted: it may be anything: %j",
  (text) => {
    let error: unknown;
    try {
      parseJson(Buffer.from(text), "it");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "MALFORMED", message: "it is not valid JSON" });
    expect((error as Error).cause).toBeUndefined();
    expect(inspect(error)).not.toContain("c4n4ry");
  },
);

it("where it stops being JSON is said, where that is known", () => {
  expect(() => parseJson(Buffer.from('{\n"a":1'), "it")).toThrow(
    "it is not valid JSON (line 2 column 6)",
  );
});
