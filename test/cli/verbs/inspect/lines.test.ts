/** The lines of `nixoci inspect`. */
import { expect, it } from "vitest";
import { formatSummary } from "../../../../src/cli/verbs/inspect/lines.ts";
import type { RunConfig } from "../../../../src/image/config/run-config.ts";

const linesOf = (config: RunConfig) =>
  formatSummary(
    {
      kind: "image",
      digest: `sha256:${"0".repeat(64)}`,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      platform: "linux/amd64",
      config,
      layers: [],
      size: 0,
    } as unknown as Parameters<typeof formatSummary>[0],
  );

it.each([
  [{ Test: ["CMD", "/bin/ok", "a b"] }, '/bin/ok "a b"'],
  [
    { Test: ["CMD-SHELL", "ok || exit 1"], Interval: 30e9, Timeout: 1.5e9, Retries: 3 },
    "ok || exit 1 (every 30 s, for 1.5 s, 3 times)",
  ],
  [{ Test: ["NONE"] }, "none, not even the base's"],
  [
    { Test: ["CMD", "x"], StartPeriod: 1e9, StartInterval: 2e9 },
    "x (start period 1 s, until then every 2 s)",
  ],
])("show a health check: %j", (Healthcheck, line) => {
  expect(linesOf({ Healthcheck })).toContain(`health      ${line}`);
});

it("show none where there is none", () => {
  for (const Healthcheck of [undefined, null, {}, { Test: [] }, { Test: "x" }]) {
    expect(linesOf({ Healthcheck }).filter((line) => line.startsWith("health"))).toEqual([]);
  }
});
