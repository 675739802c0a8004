import { describe, expect, it } from "vitest";
import { parseReference } from "../../../src/image/reference.ts";
import { SECRET } from "./credentials.ts";
import { openSource } from "./setup.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("registry: a password in a reference", () => {
  it.each([
    `u:${SECRET}@example.com/a`,
    `${SECRET}@example.com/a:v1`,
    `u:${SECRET}@ss@example.com/a`,
    `u:${SECRET}@example.com/a@${DIGEST}`,
    `https://u:${SECRET}@example.com/a`,
    `u:${SECRET}\n@example.com/a`,
  ])("is not said again: %j", async (text) => {
    for (const location of [text, `//${text}`]) {
      const error = await openSource(location).catch((error) => error);
      expect(error).toMatchObject({ code: "USAGE" });
      expect(error.message).toMatch(/^"\*\*\*@example\.com.* is not an image reference/);
      expect(`${error.message}${error.hint}`).not.toContain(SECRET);
    }
  });

  it.each(["alpine@sha256:abc", `Alpine@${DIGEST}`, "a b"])(
    "is not seen where there is none: %s",
    (text) => {
      expect(() => parseReference(text)).toThrow(JSON.stringify(text));
    },
  );
});
