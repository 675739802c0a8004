import { describe, expect, it } from "vitest";
import { NixociError } from "../../../src/base/errors.ts";
import { defineReferenceArg } from "../../../src/cli/kit/args.ts";
import { defineVerb, runVerb } from "../../../src/cli/kit/command.ts";

const WORDS = ["oci-dir:a:x", "oci-dir:b"];

/** Runs a verb between two places that fails at the destination. */
async function failWith(message: string): Promise<unknown> {
  const verb = defineVerb({
    summary: "Move",
    args: { source: defineReferenceArg("from"), destination: defineReferenceArg("to") },
    flags: {},
    reaches: "two places",
    doing: ({ source, destination }) => `move ${source} to ${destination}`,
    run() {
      const error = new NixociError("IO", message);
      error.side = "destination";
      return Promise.reject(error);
    },
  });
  return await runVerb("move", verb, WORDS, { isVerb: false }).catch((error) => error.message);
}

describe("a failure between two places", () => {
  it("says its side, where the message does not show it", async () => {
    expect(await failWith("layer 1: bytes are missing"))
      .toBe("Cannot move oci-dir:a:x to oci-dir:b: at the destination: layer 1: bytes are missing");
  });

  it.each(["layer 1: Cannot write /x", "b has no room", "looking for it at the destination: no"])(
    "%j shows it by itself",
    async (message) => {
      expect(await failWith(message)).toBe(`Cannot move oci-dir:a:x to oci-dir:b: ${message}`);
    },
  );
});
