import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { checkNodeVersion } from "../../src/base/runtime.ts";

const { engines } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);

it.each(["20.20.2", "18.0.0", "22.18.9", "0.12.0"])(
  "Node %s is too old, in one line",
  (version) => {
    expect(() => checkNodeVersion(version)).toThrow(`nixoci needs Node 22.19, this is ${version}`);
    expect(engines.node).toBe(">=22.19");
  },
);

it.each(["22.19.0", "22.20.1", "24.0.0", "26.10.0"])("Node %s will do", (version) => {
  expect(checkNodeVersion(version)).toBeUndefined();
});
